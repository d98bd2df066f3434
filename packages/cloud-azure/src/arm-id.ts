/** What an ARM id of a resource says; compared without regard to case. */
export interface ArmId {
  readonly subscription: string;
  readonly group: string;
  /** In lower case, e.g. `networksecuritygroups`. */
  readonly type: string;
  readonly name: string;
}

const RESOURCE =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.(?:network|compute)\/([^/]+)\/([^/]+)/i;

/** Reads an ARM id, or that of the resource around a part of one; `undefined` for anything else. */
export function armIdOf(id: string): ArmId | undefined {
  const [, subscription, group, type, name] = RESOURCE.exec(id) ?? [];
  if (subscription === undefined || group === undefined || type === undefined || name === undefined) return undefined;
  return { subscription: subscription.toLowerCase(), group, type: type.toLowerCase(), name };
}
