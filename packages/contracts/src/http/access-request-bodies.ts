import { z } from "zod";
import { EventId, PrincipalId } from "../values/ids.ts";
import { Principal } from "../values/principal.ts";
import { Port, Protocol } from "../values/port.ts";
import { Instant } from "../values/instant.ts";
import { Sources } from "../values/sources.ts";
import { EndTime } from "./end-time.ts";
import { ApprovalsView, GrantStatus, GrantView } from "./grant-bodies.ts";
import { IsoDuration } from "./iso-duration.ts";

/** A VM as a person writes it: canonical id (any case), `vmKey`, or a name that is unique among the VMs the caller may read. */
const VmText = z
  .string()
  .min(1)
  .max(2100)
  .describe("canonical id (any case), vmKey, or a name that is unique for the caller");

const AskedPort = z.union([
  Port,
  z.strictObject({
    port: Port,
    protocol: Protocol.default("tcp"),
    sources: Sources.optional().describe("instead of the request's"),
    duration: IsoDuration.optional().describe("instead of the request's end"),
  }),
]);

/** What is asked for. Exactly one of `vm` and `vms`; exactly one of `duration` and `endTime`, unless every port has its own. */
export const NewAccessRequest = z
  .strictObject({
    vm: VmText.optional(),
    vms: z.array(VmText).min(1).max(50).optional().describe("several VMs; each becomes grants of its own"),
    ports: z
      .array(AskedPort)
      .min(1)
      .max(32)
      .describe("port numbers, or ports with their own protocol, sources and time"),
    sources: Sources.optional().describe("where from, for every port that does not say"),
    duration: IsoDuration.optional(),
    endTime: EndTime.optional(),
    justification: z.string().max(1000).optional().describe("why, for people and the audit log"),
    reference: z.string().max(256).optional().describe("a ticket or change number"),
    for: z
      .strictObject({ principal: PrincipalId.describe("`oid@tid` of Entra, `issuer#sub` of others") })
      .optional()
      .describe("whom the access is for, when a service asks for somebody: takes a key with scope requests:on-behalf"),
  })
  .superRefine((body, context) => {
    const problem = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    if ((body.vm === undefined) === (body.vms === undefined)) problem(["vm"], "expected exactly one of vm and vms");
    const timed = body.ports.filter((asked) => typeof asked === "object" && asked.duration !== undefined).length;
    const ends = [body.duration, body.endTime].filter((end) => end !== undefined).length;
    if (ends > 1 || (ends === 0 && timed < body.ports.length))
      problem(["duration"], "expected exactly one of duration and endTime");
    const doors = new Set<string>();
    for (const [at, asked] of body.ports.entries()) {
      const { port, protocol, sources } =
        typeof asked === "object" ? asked : { port: asked, protocol: "tcp", sources: undefined };
      if (sources === undefined && body.sources === undefined)
        problem(["sources"], 'expected addresses or CIDR ranges, or "*" for any');
      if (doors.has(`${port}/${protocol}`)) problem(["ports", at], "expected each port and protocol once");
      doors.add(`${port}/${protocol}`);
    }
  });
export type NewAccessRequest = z.infer<typeof NewAccessRequest>;

/** One request with the grants it became. */
export const AccessRequestView = z.object({
  id: z.uuid(),
  status: GrantStatus.describe("of the grant that has come least far"),
  principal: Principal,
  requestedBy: Principal.optional().describe("the service that asked for the principal"),
  approvals: ApprovalsView.optional().describe("of the grant that lacks most, where the policy asks for any"),
  requestedAt: Instant,
  justification: z.string().optional(),
  reference: z.string().optional(),
  grants: z.array(GrantView),
});
export type AccessRequestView = z.input<typeof AccessRequestView>;

/** What an approver says. */
export const ApprovalBody = z.strictObject({
  comment: z.string().max(1000).optional(),
  extension: EventId.optional().describe("`extension.id` of a grant: this word is about that, not about the request"),
});
