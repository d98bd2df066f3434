import { z } from "zod";
import { textMatcher } from "./faults.ts";
import type { Call } from "./faults.ts";

/**
 * A neighbour's edit: somebody else's tool with rights of its own. It takes effect at once, without operation or lock, and is in
 * the history under the caller `outsider`.
 */
export const OutsiderEdit = z.discriminatedUnion("cloud", [
  z.strictObject({
    cloud: z.literal("azure"),
    method: z.enum(["PUT", "DELETE"]),
    /** ARM id; no api-version needed. */
    path: z.string().startsWith("/"),
    body: z.unknown().optional(),
  }),
  z.strictObject({
    cloud: z.literal("aws"),
    region: z.string().min(1),
    /** The first account when absent. */
    accountId: z.string().min(1).optional(),
    action: z.string().min(1),
    /** EC2 Query parameters, e.g. `{ "GroupId": "sg-1", "IpPermissions.1.FromPort": "22" }`. */
    params: z.record(z.string(), z.string()).default({}),
  }),
]);
export type OutsiderEdit = z.infer<typeof OutsiderEdit>;

export const OutsiderOrder = z.strictObject({
  edit: OutsiderEdit,
  /** Absent: now. Otherwise just before the next write that is about such an object takes hold: between the other's read and its write. */
  duringNextWriteTo: z.string().min(1).optional(),
});
export type OutsiderOrder = z.infer<typeof OutsiderOrder>;

export interface Outsiders {
  readonly plan: (edit: OutsiderEdit, duringNextWriteTo: string) => void;
  /** What happens just before this write takes hold; each planned edit happens once. */
  readonly take: (call: Call) => readonly OutsiderEdit[];
}

export function createOutsiders(): Outsiders {
  let planned: { readonly edit: OutsiderEdit; readonly meets: (text: string) => boolean }[] = [];
  return {
    plan: (edit, duringNextWriteTo) => {
      planned.push({ edit, meets: textMatcher(duringNextWriteTo) });
    },
    take: (call) => {
      if (planned.length === 0) return [];
      const due = planned.filter(({ meets }) => call.resources.some(meets));
      planned = planned.filter((plan) => !due.includes(plan));
      return due.map(({ edit }) => edit);
    },
  };
}
