import { instantOf, msOf } from "@sallyport/contracts";
import { z } from "zod";
import { ArmDocument } from "../world/documents.ts";
import { keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";
import { readResource } from "../world/azure/resources.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import type { Ground } from "../world/ground.ts";
import type { Write } from "../world/history.ts";
import { freshPublicAddress } from "./addresses.ts";
import { etagOf, stamp } from "./stamp.ts";

const OperationError = z.strictObject({ code: z.string(), message: z.string() });

/** A long-running operation, in the form in which it survives a restart. */
export const Operation = z.strictObject({
  id: z.string(),
  /** As in `PutSecurityRuleOperation`. */
  name: z.string(),
  namespace: z.string(),
  subscriptionId: z.string(),
  location: z.string(),
  /** Key of the resource that it writes: for a rule its NSG, for a subnet its network. Empty: it writes nothing. */
  resource: z.string(),
  status: z.enum(["InProgress", "Succeeded", "Failed", "Canceled"]),
  startedAtMs: z.number(),
  dueAtMs: z.number(),
  /** What will be there once it is complete; `null` for nothing. */
  after: ArmDocument.nullable(),
  /** How it is going to end, where a script wants it to end badly. */
  ending: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("failure"), error: OperationError }),
      z.strictObject({ kind: z.literal("superseded") }),
    ])
    .optional(),
  error: OperationError.optional(),
  /** What a POST asked for. */
  result: z.unknown().optional(),
  supersededBy: z.strictObject({ id: z.string(), name: z.string() }).optional(),
});
export type Operation = z.infer<typeof Operation>;

export interface NewOperation {
  readonly name: string;
  readonly namespace: string;
  readonly subscriptionId: string;
  readonly location: string;
  /** ARM id of the resource written. */
  readonly id: string;
  /** What is shown meanwhile. */
  readonly during: AzureResource | undefined;
  readonly after: AzureResource | undefined;
  readonly tookMs: number;
  readonly write: Write;
  readonly ending?: Operation["ending"];
}

export interface Operations {
  /** What is under way on the resource is cancelled and superseded by this one. */
  readonly start: (operation: NewOperation) => Operation;
  /** One that changes nothing: it works out an answer, or fails. */
  readonly startIdle: (
    operation: Omit<NewOperation, "id" | "during" | "after" | "write"> & { readonly result?: object },
  ) => Operation;
  readonly find: (id: string) => Operation | undefined;
  readonly underWay: (resourceId: string) => Operation | undefined;
  /** Lets everything that is due take effect, in order, each at its own instant. */
  readonly settle: () => void;
  /** All that a restart must know. */
  readonly unfinished: () => readonly Operation[];
}

/** Finished operations stay known to polls, as many as these. */
const REMEMBERED = 1000;

export function createOperations(
  {
    estate,
    ground,
  }: { readonly estate: Estate; readonly ground: Pick<Ground, "clock" | "newId" | "changed" | "record"> },
  resumed: readonly Operation[],
): Operations {
  const operations = new Map<string, Operation>();
  const running = new Map<string, Operation>();
  const writes = new Map<string, Write>();
  const now = () => msOf(ground.clock.now());

  const finish = (operation: Operation, end: Partial<Operation>) => {
    const finished = { ...operation, ...end };
    running.delete(operation.id);
    operations.set(operation.id, finished);
    for (const id of operations.keys()) {
      if (operations.size <= REMEMBERED) break;
      if (!running.has(id)) operations.delete(id);
    }
    return finished;
  };

  const restore = (operation: Operation) => {
    const entry = estate.entry(operation.resource);
    if (entry === undefined) return;
    const { operation: _done, ...rest } = entry;
    if (rest.effective === undefined) return estate.remove(operation.resource);
    const shown = stamp(rest.effective, { etag: etagOf(ground.newId()), state: "Succeeded" });
    estate.put(operation.resource, { ...rest, shown, effective: shown });
  };

  /** Dynamic public addresses get their number when somebody uses them. */
  const allocate = (user: AzureResource) => {
    if (user.kind !== "nic") return;
    for (const { properties } of user.doc.properties.ipConfigurations) {
      const held = estate.entry(properties.publicIPAddress?.id ?? "");
      const shown = held?.operation === undefined ? held?.shown : undefined;
      if (shown?.kind !== "publicIp" || shown.doc.properties.ipAddress) continue;
      const numbered = { ...shown.doc.properties, ipAddress: freshPublicAddress(estate) };
      const doc = { ...shown.doc, etag: etagOf(ground.newId()), properties: numbered };
      estate.put(doc.id, { ...held, shown: { kind: "publicIp", doc }, effective: { kind: "publicIp", doc } });
    }
  };

  const complete = (operation: Operation) => {
    const entry = estate.entry(operation.resource);
    const write = writes.get(operation.id);
    writes.delete(operation.id);
    const { ending } = operation;
    if (operation.resource === "") {
      if (ending?.kind === "failure") finish(operation, { status: "Failed", error: ending.error });
      else finish(operation, { status: "Succeeded" });
      return;
    }
    if (ending?.kind === "superseded") {
      const by = { id: ground.newId(), name: operation.name.replace(/^Delete/, "Put") };
      restore(operation);
      finish(operation, { status: "Canceled", supersededBy: by });
      operations.set(by.id, { ...operation, ...by, status: "Succeeded", ending: undefined });
      return;
    }
    if (ending?.kind === "failure") {
      finish(operation, { status: "Failed", error: ending.error });
      if (entry?.shown === undefined) return;
      const { operation: _done, ...rest } = entry;
      estate.put(operation.resource, {
        ...rest,
        shown: stamp(entry.shown, { etag: etagOf(ground.newId()), state: "Failed" }),
      });
      return;
    }
    finish(operation, { status: "Succeeded" });
    if (operation.after === null) estate.remove(operation.resource);
    else {
      const done = stamp(readResource(operation.after), { etag: etagOf(ground.newId()), state: "Succeeded" });
      estate.put(operation.resource, { ...(entry?.before && { before: entry.before }), shown: done, effective: done });
      allocate(done);
    }
    ground.changed(instantOf(operation.dueAtMs), write);
  };

  for (const operation of resumed) {
    operations.set(operation.id, operation);
    running.set(operation.id, operation);
  }

  return {
    start: ({ id, during, after, tookMs, write, ending, ...rest }) => {
      const startedAtMs = now();
      const operation: Operation = {
        ...rest,
        id: ground.newId(),
        resource: keyOf(id),
        status: "InProgress",
        startedAtMs,
        dueAtMs: startedAtMs + tookMs,
        after: after?.doc ?? null,
        ...(ending && { ending }),
      };
      const entry = estate.entry(id);
      const other = entry?.operation === undefined ? undefined : running.get(entry.operation);
      if (other !== undefined) {
        writes.delete(other.id);
        finish(other, { status: "Canceled", supersededBy: { id: operation.id, name: operation.name } });
      }
      estate.put(id, {
        ...(during && { shown: during }),
        ...(entry?.effective && { effective: entry.effective }),
        before: { shown: entry?.shown, untilMs: startedAtMs },
        operation: operation.id,
      });
      operations.set(operation.id, operation);
      running.set(operation.id, operation);
      writes.set(operation.id, write);
      return operation;
    },
    startIdle: ({ tookMs, ending, result, ...rest }) => {
      const startedAtMs = now();
      const operation: Operation = {
        ...rest,
        id: ground.newId(),
        resource: "",
        status: "InProgress",
        startedAtMs,
        dueAtMs: startedAtMs + tookMs,
        after: null,
        ...(ending && { ending }),
        ...(result && { result }),
      };
      operations.set(operation.id, operation);
      running.set(operation.id, operation);
      return operation;
    },
    find: (id) => operations.get(id),
    underWay: (resourceId) => {
      const id = estate.entry(resourceId)?.operation;
      return id === undefined ? undefined : running.get(id);
    },
    settle: () => {
      if (running.size === 0) return;
      const nowMs = now();
      const due = [...running.values()].filter(({ dueAtMs }) => dueAtMs <= nowMs);
      for (const operation of due.toSorted((a, b) => a.dueAtMs - b.dueAtMs)) complete(operation);
    },
    unfinished: () => [...running.values()],
  };
}
