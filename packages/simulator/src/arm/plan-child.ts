import { z } from "zod";
import { keyOf } from "../world/azure/estate.ts";
import { Route, RouteTable, Subnet, Vnet } from "../world/azure/resources.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import { gatewayRefusal, isRefusal, refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { badBody } from "./draft.ts";
import { routeOf } from "./draft-route-table.ts";
import { refusedSubnetReferences, refusedSubnetRemoval, subnetOf } from "./draft-vnet.ts";
import { about, baseOf, idOf, refusedNow } from "./plan.ts";
import type { PlanContext, Planned } from "./plan.ts";
import { peeringOf } from "./peering.ts";
import { RuleBody, ruleOf } from "./security-rule.ts";
import { etagOf, stamp } from "./stamp.ts";
import type { Target } from "./target.ts";
import { operationNameOf } from "./types.ts";

type ChildTarget = Extract<Target, { kind: "child" }>;

/** What a write to a part of a resource leads to: the whole resource with it, or without it. */
interface Parts {
  readonly collection: string;
  /** The spelling of the part, if it is there. */
  readonly known: string | undefined;
  readonly put: (json: unknown) => AzureResource | Refusal;
  readonly without: () => AzureResource | Refusal;
  readonly tookMs: number;
}

const isNamed = (name: string) => (item: { readonly name: string }) => item.name.toLowerCase() === name.toLowerCase();

/** The list with the part in its old place, or at the end. */
const placed = <P extends { readonly name: string }>(list: readonly P[], part: P): P[] => {
  const index = list.findIndex(isNamed(part.name));
  return index === -1 ? [...list, part] : list.with(index, part);
};

function partsOf(there: AzureResource, target: ChildTarget, context: PlanContext): Parts | undefined {
  const name = target.childName;
  const { timing, estate } = context;
  switch (`${there.kind}/${keyOf(target.childType)}`) {
    case "nsg/securityrules": {
      if (there.kind !== "nsg") return undefined;
      const { securityRules: list } = there.doc.properties;
      const known = list.find(isNamed(name))?.name;
      const with_ = (securityRules: typeof list): AzureResource => ({
        kind: "nsg",
        doc: { ...there.doc, properties: { ...there.doc.properties, securityRules } },
      });
      return {
        collection: "securityRules",
        known,
        tookMs: timing.ruleMs,
        put: (json) => {
          const body = RuleBody.safeParse(json);
          if (!body.success) return badBody(body.error);
          const rule = ruleOf(
            there.doc.id,
            known ?? name,
            body.data,
            list.filter((one) => !isNamed(name)(one)),
          );
          return isRefusal(rule) ? rule : with_(placed(list, rule));
        },
        without: () => with_(list.filter((one) => !isNamed(name)(one))),
      };
    }
    case "vnet/subnets": {
      if (there.kind !== "vnet") return undefined;
      const { subnets: list } = there.doc.properties;
      const known = list.find(isNamed(name))?.name;
      const with_ = (subnets: typeof list): AzureResource => ({
        kind: "vnet",
        doc: { ...there.doc, properties: { ...there.doc.properties, subnets } },
      });
      const id = `${there.doc.id}/subnets/${known ?? name}`;
      return {
        collection: "subnets",
        known,
        tookMs: timing.otherMs,
        put: (json) => {
          const body = z.looseObject({ properties: Subnet.shape.properties }).safeParse(json);
          if (!body.success) return badBody(body.error);
          const subnet = subnetOf(there.doc.id, there.doc.location, known ?? name, body.data.properties);
          return refusedSubnetReferences(estate, id, subnet) ?? with_(placed(list, subnet));
        },
        without: () =>
          refusedSubnetRemoval(context, id, known ?? name) ?? with_(list.filter((one) => !isNamed(name)(one))),
      };
    }
    case "vnet/virtualnetworkpeerings": {
      if (there.kind !== "vnet") return undefined;
      const { virtualNetworkPeerings: list } = there.doc.properties;
      const known = list.find(isNamed(name))?.name;
      const with_ = (virtualNetworkPeerings: readonly unknown[]): AzureResource => ({
        kind: "vnet",
        doc: Vnet.parse({ ...there.doc, properties: { ...there.doc.properties, virtualNetworkPeerings } }),
      });
      return {
        collection: "virtualNetworkPeerings",
        known,
        tookMs: timing.otherMs,
        put: (json) => {
          const peering = peeringOf(estate, there.doc, known ?? name, json);
          return isRefusal(peering) ? peering : with_(placed(list, peering));
        },
        without: () => with_(list.filter((one) => !isNamed(name)(one))),
      };
    }
    case "routeTable/routes": {
      if (there.kind !== "routeTable") return undefined;
      const { routes: list } = there.doc.properties;
      const known = list.find(isNamed(name))?.name;
      const with_ = (routes: readonly Route[]): AzureResource => ({
        kind: "routeTable",
        doc: RouteTable.parse({ ...there.doc, properties: { ...there.doc.properties, routes } }),
      });
      return {
        collection: "routes",
        known,
        tookMs: timing.otherMs,
        put: (json) => {
          const body = z.looseObject({ properties: Route.shape.properties }).safeParse(json);
          if (!body.success) return badBody(body.error);
          const others = list.filter((one) => !isNamed(name)(one));
          const route = routeOf(there.doc.id, known ?? name, body.data.properties, others);
          return isRefusal(route) ? route : with_(placed(list, route));
        },
        without: () => with_(list.filter((one) => !isNamed(name)(one))),
      };
    }
    default:
      return undefined;
  }
}

const parentMissing = ({ name }: ChildTarget): Refusal =>
  gatewayRefusal(
    404,
    "ParentResourceNotFound",
    `Can not perform requested operation on nested resource. Parent resource '${name}' not found.`,
  );

const unknownChild = ({ type, childType }: ChildTarget): Refusal =>
  refuse(404, "InvalidResourceType", `The resource type could not be found: ${type}/${childType}.`);

export function planPutChild(target: ChildTarget, json: unknown, context: PlanContext): Planned {
  const entry = context.estate.entry(idOf(target));
  const there = baseOf(entry, context);
  if (there === undefined) return parentMissing(target);
  const refused = refusedNow(entry, context);
  if (refused !== undefined) return refused;
  const parts = partsOf(there, target, context);
  if (parts === undefined) return unknownChild(target);
  const after = parts.put(json);
  if (isRefusal(after)) return after;
  const name = parts.known ?? target.childName;
  return {
    status: parts.known === undefined ? 201 : 200,
    answersBody: true,
    child: { collection: parts.collection, name },
    operation: {
      name: operationNameOf("PUT", target) ?? "PutOperation",
      namespace: "Microsoft.Network",
      ...about(after),
      during: stamp(after, { etag: etagOf(context.newId()), state: "Updating", child: name }),
      after,
      tookMs: parts.tookMs,
    },
  };
}

export function planDeleteChild(target: ChildTarget, context: PlanContext): Planned {
  const entry = context.estate.entry(idOf(target));
  const there = baseOf(entry, context);
  if (there === undefined) return parentMissing(target);
  const parts = partsOf(there, target, context);
  if (parts === undefined) return unknownChild(target);
  if (parts.known === undefined) return "nothing-there";
  const refused = refusedNow(entry, context);
  if (refused !== undefined) return refused;
  const after = parts.without();
  if (isRefusal(after)) return after;
  return {
    status: 202,
    answersBody: false,
    operation: {
      name: operationNameOf("DELETE", target) ?? "DeleteOperation",
      namespace: "Microsoft.Network",
      ...about(after),
      during: stamp(there, { etag: etagOf(context.newId()), state: "Deleting", child: parts.known }),
      after,
      tookMs: parts.tookMs,
    },
  };
}
