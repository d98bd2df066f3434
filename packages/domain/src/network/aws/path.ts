import type { Address } from "@sallyport/contracts";
import { ObjectId } from "@sallyport/contracts";
import { partAt } from "../address-set.ts";
import type { Flow, Hop } from "../model.ts";
import { groupOf } from "./net.ts";
import type { AwsNet } from "./net.ts";
import { interfaceAt, reachableThroughGroups } from "./security-group.ts";

/** Which group decides about one source, by which rule. Where none lets it in, every group of the interface is a hop that does not. */
export function pathTo(net: AwsNet, flow: Flow, source: Address): readonly Hop[] {
  const one = interfaceAt(net, flow);
  if (one === undefined)
    return [
      {
        object: ObjectId.parse(flow.vm),
        kind: "security-group",
        verdict: "denied",
        detail: `no interface of the VM has the address ${flow.destination}`,
      },
    ];
  const what = `${flow.protocol} ${flow.port}`;
  const deciding = one.groups.flatMap((key): readonly Hop[] => {
    const alone = {
      ...net,
      interfaces: net.interfaces.map((each) => (each === one ? { ...one, groups: [key] } : each)),
    };
    const part = partAt(reachableThroughGroups(alone, flow), source);
    if (part.verdict === "denied") return [];
    const rule = part.by.slice(part.by.indexOf("/") + 1);
    const name = groupOf(net, key)?.name ?? key;
    const detail =
      part.verdict === "allowed"
        ? `${name} lets ${source} in to ${what} by ${rule}`
        : `whether ${name} lets ${source} in to ${what} is not known: ${part.reason ?? "no reason"}`;
    return [{ object: key, kind: "security-group", verdict: part.verdict, rule, detail }];
  });
  const allowed = deciding.filter(({ verdict }) => verdict === "allowed");
  if (allowed.length > 0) return allowed.slice(0, 1);
  if (deciding.length > 0) return deciding;
  return one.groups.map((key) => ({
    object: key,
    kind: "security-group",
    verdict: "denied",
    detail: `no rule of ${groupOf(net, key)?.name ?? key} lets ${source} in to ${what}`,
  }));
}
