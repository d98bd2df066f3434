import type { Claim, Seal } from "../mark.ts";
import type { Planned } from "../model.ts";
import type { Unlock, Withdraw } from "../want.ts";
import type { AzureNet, NsgRule } from "./net.ts";
import { deleteRule, isOf, ownRules } from "./own-rules.ts";

/**
 * Closing goes by mark: whatever verifies as the grant's or the lockdown's goes, on every NSG that was read, in the path or not.
 * A mark that does not verify is left alone, and reported by `marked`.
 */
export function planRemoval(net: AzureNet, want: Withdraw | Unlock, seal: Seal): Planned<NsgRule> {
  const claim: Pick<Claim, "kind" | "id"> =
    want.kind === "withdraw" ? { kind: "grant", id: want.grantId } : { kind: "lockdown", id: want.id };
  return {
    ok: true,
    changes: net.nsgs.flatMap((nsg) => ownRules(nsg, seal, isOf(claim)).map((own) => deleteRule(nsg.id, own))),
  };
}
