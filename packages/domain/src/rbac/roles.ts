/** One element of a role: what its actions grant, less what its own notActions take back. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly condition?: Condition;
}

/** An attribute condition as Azure writes it. */
export interface Condition {
  readonly text: string;
  readonly version: string | undefined;
}

export interface RoleDefinition {
  /** The GUID that assignments name, in lower case. */
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly assignableScopes: readonly string[];
}

export interface RoleAssignment {
  readonly principalId: string;
  /** The GUID of the role definition, in lower case. */
  readonly roleId: string;
  readonly scope: string;
  readonly condition?: Condition;
}

export interface DenyAssignment {
  readonly name: string;
  readonly scope: string;
  /** May hold `EVERYONE`. */
  readonly principals: readonly string[];
  readonly excludePrincipals: readonly string[];
  readonly permissions: readonly Permission[];
  readonly doNotApplyToChildScopes: boolean;
}

/** The `SystemDefined` principal of a deny assignment: everybody. */
export const EVERYONE = "00000000-0000-0000-0000-000000000000";
