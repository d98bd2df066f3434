import { defineTable } from "@sallyport/backbone";
import { Instant, Port } from "@sallyport/contracts";
import type { ExposureHistory, Openness } from "@sallyport/domain";
import { z } from "zod";

const Count = z.string().regex(/^\d+$/);
const StoredOpenness = z.object({ ipv4: Count, ipv6: Count, uncertain: z.boolean() });
const Stored = z.object({
  lookedAt: Instant,
  steps: z.array(
    z.object({
      from: Instant,
      doors: z.array(
        z.object({
          port: Port,
          protocol: z.enum(["tcp", "udp"]),
          withGrants: StoredOpenness,
          withoutGrants: StoredOpenness,
        }),
      ),
    }),
  ),
});

/** What the scanner has kept of a VM's exposure, as far as it is read here; it is the only one that writes it. */
export const exposuresTable = defineTable({
  name: "scanner.exposures",
  schema: Stored,
  indexes: {},
  expiresAfter: () => undefined,
});

export const readHistory = ({ steps }: z.infer<typeof Stored>): ExposureHistory =>
  steps.map(({ from, doors }) => ({
    from,
    doors: doors.map((door) => ({
      ...door,
      withGrants: opennessIn(door.withGrants),
      withoutGrants: opennessIn(door.withoutGrants),
    })),
  }));

const opennessIn = ({ ipv4, ipv6, uncertain }: z.infer<typeof StoredOpenness>): Openness => ({
  ipv4: BigInt(ipv4),
  ipv6: BigInt(ipv6),
  uncertain,
});
