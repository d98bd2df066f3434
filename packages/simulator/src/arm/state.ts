import { z } from "zod";
import { createEstate, keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";
import { AdminRule, readResource } from "../world/azure/resources.ts";
import { ArmDocument } from "../world/documents.ts";
import type { AzureDocuments } from "../world/documents.ts";
import { complete } from "./complete.ts";
import { Operation } from "./operations.ts";

/** What the state holds beyond the bodies: writes under way, and what packets meet where it is not what is shown. */
const Unfinished = z.object({
  operations: z.array(Operation).default([]),
  effective: z.record(z.string(), ArmDocument.nullable()).default({}),
});

export interface LoadedState {
  readonly estate: Estate;
  readonly operations: readonly Operation[];
}

/** An estate from its documents: an export from real Azure, a world file, or what an earlier run saved. */
export function loadState(documents: AzureDocuments, newId: () => string): LoadedState {
  const estate = createEstate(
    documents.subscriptions.flatMap(({ securityAdminRules = [] }) =>
      securityAdminRules.map(({ virtualNetwork, value }) => ({
        virtualNetwork,
        value: value.map((rule) => AdminRule.parse(rule)),
      })),
    ),
  );
  const unfinished = Unfinished.parse(documents["unfinished"] ?? {});
  for (const document of documents.subscriptions.flatMap(({ resources }) => resources)) {
    const shown = complete(readResource(document), newId);
    const other = unfinished.effective[keyOf(document.id)];
    const effective = other === undefined ? shown : other === null ? undefined : readResource(other);
    const operation = unfinished.operations.find(({ resource }) => resource === keyOf(document.id))?.id;
    estate.put(document.id, {
      shown,
      ...(effective && { effective }),
      ...(operation !== undefined && { operation }),
    });
  }
  return { estate, operations: unfinished.operations };
}

/** The reverse of `loadState`. */
export function saveState(documents: AzureDocuments, estate: Estate, operations: readonly Operation[]): AzureDocuments {
  const effective: Record<string, ArmDocument | null> = {};
  const bySubscription = new Map<string, ArmDocument[]>();
  for (const [key, entry] of estate.entries()) {
    if (entry.shown !== entry.effective) effective[key] = entry.effective?.doc ?? null;
    if (entry.shown === undefined) continue;
    const id = key.split("/")[2] ?? "";
    const known = bySubscription.get(id);
    if (known === undefined) bySubscription.set(id, [entry.shown.doc]);
    else known.push(entry.shown.doc);
  }
  return {
    ...documents,
    subscriptions: documents.subscriptions.map((one) => ({
      ...one,
      resources: bySubscription.get(one.subscriptionId.toLowerCase()) ?? [],
    })),
    unfinished: { operations, effective },
  };
}
