import type { Entry, Estate } from "../world/azure/estate.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import { gatewayRefusal, isRefusal, refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { Body, badBody } from "./draft.ts";
import { draftResource } from "./draft-resource.ts";
import { refusedSubnetRemoval } from "./draft-vnet.ts";
import type { Links } from "./links.ts";
import type { NewOperation, Operation, Operations } from "./operations.ts";
import { etagOf, stamp } from "./stamp.ts";
import type { Target } from "./target.ts";
import { knownType } from "./types.ts";

/** How long writes take, in the world's milliseconds. */
export interface ArmTiming {
  readonly ruleMs: number;
  readonly nsgMs: number;
  readonly nicMs: number;
  /** A firewall that has, or gets, an address of its own; without one it is as quick as everything else (azure.md §4). */
  readonly firewallMs: number;
  /** Everything else. */
  readonly otherMs: number;
}

/** A write that will be done: which operation, and what is answered once it has started. */
export interface Plan {
  readonly status: 200 | 201 | 202;
  readonly operation: Omit<NewOperation, "write" | "ending">;
  /** Part of the resource that a PUT answers with; absent, the resource itself. */
  readonly child?: { readonly collection: string; readonly name: string };
  /** The operation under way that this one will fail because of. */
  readonly behind?: Operation;
  /** Whether the answer carries a body; without one it carries a `location`. */
  readonly answersBody: boolean;
}

export type Planned = Plan | Refusal | "nothing-there";

export interface PlanContext {
  readonly estate: Estate;
  readonly operations: Operations;
  readonly links: () => Links;
  readonly timing: ArmTiming;
  readonly newId: () => string;
  readonly now: () => string;
  readonly ifMatch: string | undefined;
  /** A neighbour's write waits for nobody. */
  readonly takesOver: boolean;
}

type ResourceTarget = Extract<Target, { kind: "resource" }>;

export const idOf = ({ subscriptionId, group, namespace, type, name }: Omit<ResourceTarget, "kind">): string => {
  const known = knownType(namespace, type);
  const spelled = known === undefined ? `${namespace}/${type}` : `${known.namespace}/${known.type}`;
  return `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/${spelled}/${name}`;
};

/** What stands in the way of any write to this resource: another one under way, or a lost If-Match (azure.md §5, §8). */
export function refusedNow(entry: Entry | undefined, context: PlanContext): Refusal | undefined {
  const { operations, ifMatch, takesOver } = context;
  const id = entry?.shown?.doc.id;
  // A network takes the next write, which supersedes the one under way and holds what that one brought (recorded).
  const waits = !takesOver && entry?.shown?.kind !== "vnet";
  const other = id === undefined || !waits ? undefined : operations.underWay(id);
  if (other !== undefined) {
    const message = `Operation ${other.name} (${other.id}) is updating resource ${id}. The call can be retried in ${RETRY_SECONDS} seconds.`;
    return refuse(429, "RetryableError", "A retryable error occurred.", {
      details: [{ code: "RetryableErrorDueToAnotherOperation", message }],
      headers: { "retry-after": String(RETRY_SECONDS) },
    });
  }
  if (ifMatch === undefined || (ifMatch === "*" && entry?.shown !== undefined)) return undefined;
  if (entry?.shown?.doc.etag === ifMatch) return undefined;
  return refuse(
    412,
    "PreconditionFailed",
    `Precondition failed. Etag provided in if-match header ${ifMatch} does not match etag ${entry?.shown?.doc.etag ?? "null"} of resource ${id ?? ""} in NRP data store.`,
  );
}

const RETRY_SECONDS = 1;

/** The base of a write: what is shown, unless a neighbour's write takes the place of what is under way. */
export const baseOf = (entry: Entry | undefined, { takesOver }: PlanContext): AzureResource | undefined =>
  takesOver && entry?.operation !== undefined ? entry.effective : entry?.shown;

export function planPut(target: ResourceTarget, json: unknown, context: PlanContext): Planned {
  const known = knownType(target.namespace, target.type);
  if (known === undefined) return notSimulated(target);
  const id = idOf(target);
  const entry = context.estate.entry(id);
  const body = Body.safeParse(json);
  if (!body.success) return badBody(body.error);
  // Parallel updates of a firewall are accepted, and fail later (azure.md §8).
  const other = known.type === "azureFirewalls" && !context.takesOver ? context.operations.underWay(id) : undefined;
  const refused = other === undefined ? refusedNow(entry, context) : undefined;
  if (refused !== undefined) return refused;
  const previous = baseOf(entry, context);
  const type = `${known.namespace}/${known.type}`;
  const after = draftResource({ ...context, id, name: target.name, type, previous, body: body.data });
  if (isRefusal(after)) return after;
  return {
    status: previous === undefined ? 201 : 200,
    answersBody: true,
    ...(other && { behind: other }),
    operation: {
      name: `Put${known.singular}Operation`,
      namespace: known.namespace,
      ...about(after),
      during: stamp(pending(after, previous), { etag: etagOf(context.newId()), state: "Updating" }),
      after,
      tookMs: Math.max(tookMs(after, context.timing), previous === undefined ? 0 : tookMs(previous, context.timing)),
    },
  };
}

/** A PATCH changes tags, and of a machine whatever it names; everything else stays. */
export function planPatch(target: ResourceTarget, json: unknown, context: PlanContext): Planned {
  const there = baseOf(context.estate.entry(idOf(target)), context);
  if (there === undefined)
    return gatewayRefusal(
      404,
      "ResourceNotFound",
      `The Resource '${target.namespace}/${target.type}/${target.name}' under resource group '${target.group}' was not found.`,
    );
  const body = Body.safeParse(json);
  if (!body.success) return badBody(body.error);
  const { tags, properties } = body.data;
  return planPut(
    target,
    {
      ...there.doc,
      ...(tags !== undefined && { tags }),
      properties: there.kind === "vm" ? { ...there.doc.properties, ...properties } : there.doc.properties,
    },
    context,
  );
}

const notSimulated = ({ namespace, type }: ResourceTarget): Refusal =>
  refuse(409, "OperationNotAllowed", `Writes to ${namespace}/${type} are not simulated.`);

/** An address that a write brings is shown only when the write is done (recorded). */
function pending(after: AzureResource, previous: AzureResource | undefined): AzureResource {
  if (after.kind === "publicIp") {
    const before = previous?.kind === "publicIp" ? previous.doc.properties.ipAddress : undefined;
    const { ipAddress: _later, ...properties } = after.doc.properties;
    return before ? after : { kind: "publicIp", doc: { ...after.doc, properties } };
  }
  if (after.kind !== "firewall") return after;
  const before = previous?.kind === "firewall" ? previous.doc.properties.ipConfigurations : [];
  const ipConfigurations = after.doc.properties.ipConfigurations.map((one) => {
    const { privateIPAddress: _later, ...properties } = one.properties;
    const isOld = before.some(({ properties: old }) => old.privateIPAddress === one.properties.privateIPAddress);
    return isOld ? one : { ...one, properties };
  });
  return { kind: "firewall", doc: { ...after.doc, properties: { ...after.doc.properties, ipConfigurations } } };
}

export const about = ({ doc }: AzureResource) => ({
  id: doc.id,
  subscriptionId: doc.id.split("/")[2] ?? "",
  location: doc.location,
});

function tookMs({ kind, doc }: AzureResource, timing: ArmTiming): number {
  if (kind === "nsg") return timing.nsgMs;
  if (kind === "nic") return timing.nicMs;
  return kind === "firewall" && doc.properties.ipConfigurations.length > 0 ? timing.firewallMs : timing.otherMs;
}

export function planDelete(target: ResourceTarget, context: PlanContext): Planned {
  const entry = context.estate.entry(idOf(target));
  const there = baseOf(entry, context);
  if (there === undefined) return "nothing-there";
  const refused = refusedNow(entry, context) ?? refusedDeletion(there, context);
  if (refused !== undefined) return refused;
  const known = knownType(target.namespace, target.type);
  if (known === undefined) return notSimulated(target);
  return {
    status: 202,
    answersBody: false,
    operation: {
      name: `Delete${known.singular}Operation`,
      namespace: known.namespace,
      ...about(there),
      during: stamp(there, { etag: etagOf(context.newId()), state: "Deleting" }),
      after: undefined,
      tookMs: tookMs(there, context.timing),
    },
  };
}

/** With the recorded messages (azure.md §4). */
function refusedDeletion(there: AzureResource, context: PlanContext): Refusal | undefined {
  const { id } = there.doc;
  const links = context.links();
  switch (there.kind) {
    case "nsg": {
      const users = [...links.nicsOfNsg(id), ...links.subnetsOfNsg(id)];
      if (users.length === 0) return undefined;
      return refuse(
        400,
        "InUseNetworkSecurityGroupCannotBeDeleted",
        `Network security group ${id} cannot be deleted because it is in use by the following resources: ${users.map((user) => user.id).join(", ")}. In order to delete the Network security group, remove the association with the resource(s). To learn how to do this, see aka.ms/deletensg.`,
      );
    }
    case "nic": {
      const vm = links.vmOfNic(id);
      return (
        vm &&
        refuse(
          400,
          "NicInUse",
          `Network Interface ${id} is used by existing resource ${vm.id}. In order to delete the network interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.`,
        )
      );
    }
    case "publicIp": {
      const holder = links.configurationOfPublicIp(id);
      return (
        holder &&
        refuse(
          400,
          "PublicIPAddressCannotBeDeleted",
          `Public IP address ${id} can not be deleted since it is still allocated to resource ${holder.id}. In order to delete the public IP, disassociate/detach the Public IP address from the resource.  To learn how to do this, see aka.ms/deletepublicip.`,
        )
      );
    }
    case "vnet": {
      for (const { name } of there.doc.properties.subnets) {
        const refused = refusedSubnetRemoval(context, `${id}/subnets/${name}`, name);
        if (refused !== undefined) return refused;
      }
      return undefined;
    }
    case "routeTable": {
      const users = links.subnetsOfRouteTable(id);
      if (users.length === 0) return undefined;
      return refuse(
        400,
        "InUseRouteTableCannotBeDeleted",
        `Route table ${id} is in use and cannot be deleted. Resources: ${users.map((user) => user.id).join(", ")}.`,
      );
    }
    case "vm":
    case "firewall":
    case "other":
      return undefined;
  }
}
