import { computeActions, jitActions, networkActions } from "./actions.ts";

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

/** The role for people who request access and do nothing else with JIT (S35): take any one of its actions away and it is not enough. */
export const leastPrivilegeRole = (assignableScopes: readonly string[]): CustomRole => ({
  Name: "Sallyport Requester",
  IsCustom: true,
  Description:
    "May request just-in-time access to virtual machines, and may not configure, edit or remove a JIT policy.",
  Actions: [
    jitActions.initiate,
    jitActions.readAll,
    computeActions.read,
    networkActions.readInterfaces,
    networkActions.readPublicAddresses,
  ],
  NotActions: [],
  DataActions: [],
  NotDataActions: [],
  AssignableScopes: assignableScopes,
});
