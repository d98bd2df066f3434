import type { Claim, Seal } from "../mark.ts";
import type { Change, Planned } from "../model.ts";
import type { Unlock, Withdraw } from "../want.ts";
import type { AzureNet, AzureRule, Firewall, FirewallCollection } from "./net.ts";
import { removalsAt } from "./own-collections.ts";
import { deleteRule, isOf, ownRules } from "./own-rules.ts";

/**
 * Closing goes by mark: whatever verifies as the grant's or the lockdown's goes, on every NSG and firewall that was read, in the path
 * or not; NSGs first, which are done in seconds. A mark that does not verify is left alone, and reported by `marked`.
 */
export function planRemoval(net: AzureNet, want: Withdraw | Unlock, seal: Seal): Planned<AzureRule> {
  const claim: Pick<Claim, "kind" | "id"> =
    want.kind === "withdraw" ? { kind: "grant", id: want.grantId } : { kind: "lockdown", id: want.id };
  return {
    ok: true,
    changes: [
      ...net.nsgs.flatMap((nsg) => ownRules(nsg, seal, isOf(claim)).map((own) => deleteRule(nsg.id, own))),
      ...net.firewalls.flatMap((firewall) => {
        const changes = removalsAt(firewall, seal, claim);
        return changes.length === 0 && isInDoubt(firewall, want) ? [writeAgain(firewall)] : changes;
      }),
    ],
  };
}

/** Nothing of ours is left in what is said, but instances of the firewall may still run what was before (P37). */
const isInDoubt = ({ id, isSettled, governedBy }: Firewall, { objects }: Withdraw | Unlock): boolean =>
  !isSettled && governedBy === undefined && objects.includes(id);

/** Deletes nothing, and so has the firewall written as it is. */
const writeAgain = ({ id }: Firewall): Change<FirewallCollection> => ({
  object: id,
  verb: "delete",
  rule: { kind: "network", name: "sallyport-nothing", priority: 0, action: "deny", rules: [] },
});
