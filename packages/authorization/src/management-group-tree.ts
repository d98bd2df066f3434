import type { ManagementGroups } from "@sallyport/domain";
import type { ManagementGroupEntry } from "./role-file.ts";

/** For each subscription and each group of the trees: the groups above it, nearest first. */
export function readManagementGroups(roots: readonly ManagementGroupEntry[]): ManagementGroups {
  const above: Record<string, readonly string[]> = {};
  const visit = (entry: ManagementGroupEntry, chain: readonly string[]) => {
    const name = entry.name.toLowerCase();
    if (entry.type.toLowerCase().endsWith("/subscriptions")) above[`/subscriptions/${name}`] = chain;
    else {
      above[`/providers/microsoft.management/managementgroups/${name}`] = chain;
      for (const child of entry.children ?? []) visit(child, [name, ...chain]);
    }
  };
  for (const root of roots) visit(root, []);
  return above;
}
