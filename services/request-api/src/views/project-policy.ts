import { owingTable } from "@sallyport/backbone";
import type { EventOf, SallyportEvent } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { policiesTable } from "./policies.ts";
import type { PolicyRow } from "./policies.ts";
import { upsert } from "./upsert.ts";

type PolicyEvent = EventOf<"sallyport.policy.configured.v1" | "sallyport.policy.removed.v1">;

export const isPolicyEvent = (event: SallyportEvent): event is PolicyEvent =>
  event.type === "sallyport.policy.configured.v1" || event.type === "sallyport.policy.removed.v1";

const policyRows = owingTable(policiesTable);

/** The row is written before its event, so this changes nothing, except where the records were lost and the log was not. */
export const projectPolicy =
  ({ records }: Pick<HandlerDeps, "records">) =>
  async (event: PolicyEvent): Promise<void> => {
    const told = rowOf(event);
    await upsert(records, policyRows, event.subject, (row) =>
      row !== undefined && row.value.version >= told.version ? row : { value: told, owes: { jobs: [], facts: [] } },
    );
  };

function rowOf(event: PolicyEvent): PolicyRow {
  switch (event.type) {
    case "sallyport.policy.configured.v1": {
      const { policy, by } = event.data;
      return { vm: policy.vm, version: policy.version, policy, by, at: policy.updatedAt };
    }
    case "sallyport.policy.removed.v1": {
      const { vm, version, by, at } = event.data;
      return { vm, version, by, at };
    }
  }
}
