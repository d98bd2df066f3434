import { powerOf } from "../world/azure/path.ts";
import { gatewayRefusal, refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { effectiveGroups, effectiveRoutes } from "./effective.ts";
import { about, idOf } from "./plan.ts";
import type { PlanContext } from "./plan.ts";
import type { Target } from "./target.ts";

type ChildrenTarget = Extract<Target, { kind: "children" }>;

/** What a POST asks for that changes nothing: answered at the `Location` once it is worked out (azure.md §4). */
export interface Report {
  readonly name: string;
  readonly namespace: string;
  readonly subscriptionId: string;
  readonly location: string;
  readonly result: object;
  readonly tookMs: number;
}

const REPORTS = {
  effectivenetworksecuritygroups: { name: "GetEffectiveNetworkSecurityGroupsOperation", of: effectiveGroups },
  effectiveroutetable: { name: "GetEffectiveRouteTableOperation", of: effectiveRoutes },
} as const;

export const isReport = ({ type, childType }: ChildrenTarget): boolean =>
  type.toLowerCase() === "networkinterfaces" && childType.toLowerCase() in REPORTS;

export function planReport(target: ChildrenTarget, { estate, links, timing }: PlanContext): Report | Refusal {
  const word = target.childType.toLowerCase();
  const report = word === "effectiveroutetable" ? REPORTS[word] : REPORTS.effectivenetworksecuritygroups;
  const nic = estate.nic(idOf(target));
  if (nic === undefined)
    return gatewayRefusal(
      404,
      "ResourceNotFound",
      `The Resource '${target.namespace}/${target.type}/${target.name}' under resource group '${target.group}' was not found.`,
    );
  const vm = estate.vm(links().vmOfNic(nic.id)?.id ?? nic.properties.virtualMachine?.id ?? "");
  // That the machine must be running is documented; the code is not proved by any recording.
  if (vm !== undefined && powerOf(vm) !== "running")
    return refuse(
      400,
      "NetworkInterfaceNotAttachedToRunningVM",
      `Network interface ${nic.id} must be attached to a running virtual machine.`,
    );
  const { subscriptionId, location } = about({ kind: "nic", doc: nic });
  const result = report.of(estate, nic);
  return {
    name: report.name,
    namespace: "Microsoft.Network",
    subscriptionId,
    location,
    result,
    tookMs: timing.otherMs,
  };
}
