import { z } from "zod";
import { Address } from "../values/address.ts";
import { Instant } from "../values/instant.ts";
import { port } from "../values/port.ts";

const Verdict = z.enum(["allowed", "denied", "unknown"]);

/** Which packet to explain. */
export const PathQuery = z.strictObject({
  port: z.coerce.number().int().min(1).max(65_535).transform(port).describe("port of the VM"),
  source: Address.describe("the address that the packet comes from"),
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
});

/** What becomes of one source's packets to a port of a VM, as of the last survey. */
export const PathView = z.object({
  asOf: Instant.describe("the survey that this is computed from"),
  port: z.int(),
  protocol: z.enum(["tcp", "udp"]),
  source: z.string(),
  ways: z
    .array(
      z.object({
        destination: z.string().describe("private address of the VM"),
        verdict: Verdict,
        hops: z.array(
          z.object({
            object: z.string().describe("what is passed: an NSG, a firewall, a security group"),
            kind: z.enum(["nsg", "security-group", "firewall", "public-address", "admin-rule"]),
            verdict: Verdict,
            rule: z.string().optional().describe("the rule that decides there"),
            detail: z.string(),
          }),
        ),
      }),
    )
    .describe("one for each address of the VM that is of the source's family"),
});
export type PathView = z.input<typeof PathView>;
