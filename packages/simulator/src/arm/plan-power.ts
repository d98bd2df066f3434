import type { Vm } from "../world/azure/resources.ts";
import { gatewayRefusal } from "./answer.ts";
import { about, baseOf, idOf, refusedNow } from "./plan.ts";
import type { PlanContext, Planned } from "./plan.ts";
import { stamp } from "./stamp.ts";
import type { Target } from "./target.ts";

type ChildrenTarget = Extract<Target, { kind: "children" }>;

const POWER: Readonly<Record<string, { readonly code: string; readonly name: string }>> = {
  start: { code: "PowerState/running", name: "StartVMOperation" },
  redeploy: { code: "PowerState/running", name: "RedeployVMOperation" },
  reapply: { code: "PowerState/running", name: "ReapplyVMOperation" },
  restart: { code: "PowerState/running", name: "RestartVMOperation" },
  poweroff: { code: "PowerState/stopped", name: "PowerOffVMOperation" },
  deallocate: { code: "PowerState/deallocated", name: "DeallocateVMOperation" },
};

/** `POST …/virtualMachines/{vm}/start` and its like. */
export function planPower(target: ChildrenTarget, context: PlanContext): Planned {
  const entry = context.estate.entry(idOf(target));
  const there = baseOf(entry, context);
  const power = POWER[target.childType.toLowerCase()];
  if (there?.kind !== "vm" || power === undefined)
    return gatewayRefusal(
      404,
      "ResourceNotFound",
      `The Resource '${target.namespace}/${target.type}/${target.name}' under resource group '${target.group}' was not found.`,
    );
  const refused = refusedNow(entry, context);
  if (refused !== undefined) return refused;
  const doc: Vm = {
    ...there.doc,
    properties: { ...there.doc.properties, instanceView: viewOf(there.doc, power.code, context.now()) },
  };
  return {
    status: 202,
    answersBody: false,
    operation: {
      name: power.name,
      namespace: "Microsoft.Compute",
      ...about(there),
      during: stamp(there, { etag: "", state: "Updating" }),
      after: { kind: "vm", doc },
      tookMs: context.timing.otherMs,
    },
  };
}

/** What a machine says of itself: a deallocated one nothing but its state (recorded). */
function viewOf({ properties }: Vm, code: string, time: string): NonNullable<Vm["properties"]["instanceView"]> {
  const { vmAgent, computerName, osName, osVersion, ...rest } = { ...properties.instanceView };
  const isGone = code === "PowerState/deallocated";
  const said = Object.entries({ vmAgent, computerName, osName, osVersion }).filter(([, value]) => value !== undefined);
  return {
    ...rest,
    ...(isGone ? {} : Object.fromEntries(said)),
    statuses: [
      { code: "ProvisioningState/succeeded", level: "Info", displayStatus: "Provisioning succeeded", time },
      { code, level: "Info", displayStatus: `VM ${code.split("/")[1] ?? ""}` },
    ],
  };
}
