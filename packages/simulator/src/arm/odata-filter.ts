/** What a `$filter` of the authorization provider asks for; several conditions are joined with `and`. */
export interface AuthorizationFilter {
  /** At this scope and above. */
  readonly atScope: boolean;
  /** The principal, directly or through groups. */
  readonly assignedTo: string | undefined;
  /** The principal itself. */
  readonly principalId: string | undefined;
  readonly roleName: string | undefined;
  readonly type: string | undefined;
}

/** `undefined` when a condition is none that is known. */
export function authorizationFilter(text: string): AuthorizationFilter | undefined {
  const found = new Map<string, string>();
  for (const condition of text.split(/\s+and\s+/i).filter((one) => one.trim() !== "")) {
    const called = /^\s*(\w+)\(\s*(?:'([^']*)')?\s*\)\s*$/.exec(condition);
    const equal = /^\s*(\w+)\s+eq\s+'([^']*)'\s*$/i.exec(condition);
    const [, name, value = ""] = called ?? equal ?? [];
    if (name === undefined || !KNOWN.test(name)) return undefined;
    found.set(name.toLowerCase(), value);
  }
  return {
    atScope: found.has("atscope"),
    assignedTo: found.get("assignedto"),
    principalId: found.get("principalid"),
    roleName: found.get("rolename"),
    type: found.get("type"),
  };
}

const KNOWN = /^(?:atScope|atScopeAndBelow|assignedTo|principalId|roleName|type)$/i;
