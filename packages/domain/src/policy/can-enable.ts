import { refusal, scopeOf } from "@sallyport/contracts";
import type { Finding, ReasonCode, Refusal, ScopeId, VmRef } from "@sallyport/contracts";

/** What is known of a VM when somebody wants to put it under a JIT policy. */
export interface EnableFacts {
  readonly vm: VmRef;
  /** The subscriptions, and `<account>/<region>`s, that are enrolled. */
  readonly enrolled: ReadonlySet<ScopeId>;
  /** The finding of the last survey; `undefined` when no survey has seen the VM. */
  readonly finding: Finding | undefined;
}

const unsupported: { readonly [Code in ReasonCode]?: (finding: Finding) => Refusal } = {
  CLASSIC: ({ reason }) =>
    refusal("network.unsupported", `${reason} Classic VMs have no network that could be closed.`),
  FIREWALL_POLICY_UNSUPPORTED: ({ reason, evidence }) => {
    const firewall = evidence.find(({ kind }) => kind === "firewall");
    return firewall === undefined
      ? refusal("network.unsupported", reason)
      : refusal("network.unsupported", `${reason} ${firewall.detail}`, { object: firewall.object });
  },
  NO_NSG_OR_FIREWALL: ({ reason }) =>
    refusal("network.no-nsg", `${reason} Associate an NSG with its subnet or network interface first.`),
};

/**
 * Everything that stands against enabling JIT on a VM; empty when nothing does. Scopes must be enrolled (S16, S30), the VM known,
 * and its network of a kind that can be closed (S24–S26).
 */
export function canEnable({ vm, enrolled, finding }: EnableFacts): readonly Refusal[] {
  const scope = scopeOf(vm);
  if (!enrolled.has(scope))
    return [
      refusal("scope.not-enrolled", `${scope} is not enrolled with this deployment. Enrol it first, then enable JIT.`, {
        object: scope,
      }),
    ];
  if (finding === undefined)
    return [
      refusal("vm.unknown", "No survey has seen this VM yet. Check its id, or wait for the next survey.", {
        object: vm,
      }),
    ];
  const refused = unsupported[finding.reasonCode]?.(finding);
  return refused === undefined ? [] : [refused];
}
