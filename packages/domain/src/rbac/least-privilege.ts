import { ObjectId, VmRef } from "@sallyport/contracts";
import { requiredFor } from "./actions.ts";
import type { RequiredAction, Task, VmResources } from "./actions.ts";

/** A custom role in the form of `az role definition create`. */
export interface CustomRole {
  readonly Name: string;
  readonly IsCustom: true;
  readonly Description: string;
  readonly Actions: readonly string[];
  readonly NotActions: readonly string[];
  readonly DataActions: readonly string[];
  readonly NotDataActions: readonly string[];
  readonly AssignableScopes: readonly string[];
}

/** Whom a role is for, and what it is to be enough for. */
export type RoleKind = "requester" | "operator" | "reader";

export const roleKinds = {
  requester: {
    name: "Sallyport Requester",
    description:
      "May request just-in-time access to virtual machines, and may not configure, edit or remove a JIT policy.",
    tasks: ["request-access"],
  },
  operator: {
    name: "Sallyport Operator",
    description:
      "May configure, edit and remove the JIT policies of virtual machines, approve requests and end grants, and may not request access.",
    tasks: ["configure-policy", "remove-policy", "approve", "revoke-any", "read-policy", "read-vm"],
  },
  reader: {
    name: "Sallyport Reader",
    description: "May see virtual machines with their JIT policies and grants, and may change nothing.",
    tasks: ["read-policy", "read-vm"],
  },
} as const satisfies Record<
  RoleKind,
  { readonly name: string; readonly description: string; readonly tasks: readonly Task[] }
>;

/** The role for a kind of person, made from the one table of actions (S35): take any of its actions away and it is not enough. */
export const leastRole = (kind: RoleKind, assignableScopes: readonly string[]): CustomRole => ({
  Name: roleKinds[kind].name,
  IsCustom: true,
  Description: roleKinds[kind].description,
  Actions: leastActionsFor(roleKinds[kind].tasks),
  NotActions: [],
  DataActions: [],
  NotDataActions: [],
  AssignableScopes: assignableScopes,
});

/** The role for people who request access and do nothing else with JIT. */
export const leastPrivilegeRole = (assignableScopes: readonly string[]): CustomRole =>
  leastRole("requester", assignableScopes);

const GROUP = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg/providers";
/** A machine of which everything is asked that can be asked of one. */
const EVERYTHING: VmResources = {
  vm: VmRef.parse(`${GROUP}/microsoft.compute/virtualmachines/vm`),
  cloud: "azure",
  interfaces: [ObjectId.parse(`${GROUP}/microsoft.network/networkinterfaces/nic`)],
  publicAddresses: [{ id: ObjectId.parse(`${GROUP}/microsoft.network/publicipaddresses/ip`) }],
};

/** What all of the tasks take; of alternatives none, where another task brings one along. */
export function leastActionsFor(tasks: readonly Task[]): readonly string[] {
  const required = tasks.flatMap((task) => requiredFor(task, EVERYTHING, "policy"));
  const always = required.filter(({ or = [] }) => or.length === 0).map(({ action }) => action);
  const isBrought = ({ or = [] }: RequiredAction) => or.some(({ action }) => always.includes(action));
  const chosen = required.filter(({ or = [] }) => or.length > 0).filter((one) => !isBrought(one));
  return [...new Set([...always, ...chosen.map(({ action }) => action)])];
}
