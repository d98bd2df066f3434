import { z } from "zod";
import { Instant } from "../values/instant.ts";
import { EndTime } from "./end-time.ts";

/** Which time to look at. */
export const ExposureQuery = z.strictObject({
  from: EndTime.optional().describe("seven days before `to`, when absent"),
  to: EndTime.optional().describe("now, when absent"),
});

const Count = z.string().describe("a number of addresses, as decimal text: IPv6 has more than JSON can count");
const Open = z.object({
  ipv4: Count,
  ipv6: Count,
  uncertain: z.boolean().describe("some of these may be kept out: what cannot be computed counts as open"),
});
const Total = z.object({
  minutes: z.number().describe("how long at least one address got in"),
  ipv4AddressMinutes: Count.describe("sum over time of how many IPv4 addresses got in"),
  ipv6AddressMinutes: Count.describe("the same of IPv6 addresses"),
});

/** To how many addresses each management port of a VM was open, and for how long. */
export const ExposureView = z.object({
  from: Instant,
  to: Instant,
  asOf: Instant.optional().describe(
    "the last time the network of this VM was read; nothing is known of what came later",
  ),
  knownMinutes: z.number().describe("how much of the time asked about is known"),
  ports: z.array(
    z.object({
      port: z.int(),
      protocol: z.enum(["tcp", "udp"]),
      withGrants: Total.describe("as it was"),
      withoutGrants: Total.describe("as it would have been without Sallyport's own grants"),
      intervals: z
        .array(
          z.object({
            from: Instant,
            to: Instant,
            minutes: z.number(),
            withGrants: Open,
            withoutGrants: Open,
          }),
        )
        .describe("only while somebody got in"),
    }),
  ),
});
export type ExposureView = z.input<typeof ExposureView>;
