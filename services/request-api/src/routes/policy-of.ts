import { owingTable } from "@sallyport/backbone";
import type { VmRef } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { policiesTable } from "../views/policies.ts";
import type { PolicyRow } from "../views/policies.ts";

const policyRows = owingTable(policiesTable);

/** The policy's row as it stands; what it still owes is left to who writes it. */
export const policyOf = async ({ records }: Pick<HandlerDeps, "records">, vm: VmRef): Promise<PolicyRow | undefined> =>
  (await records.get(policyRows, vm))?.value.value;
