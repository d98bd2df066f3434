import type { VmRef } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { armError } from "./arm-error.ts";
import type { ArmError } from "./arm-error.ts";
import { vmOfAzureId } from "./azure-vm-id.ts";

/** A VM as a body names it. */
export interface NamedVm<Item> {
  readonly vm: VmRef;
  /** As it was written. */
  readonly id: string;
  /** Where in the body it stands, e.g. `properties.virtualMachines[2]`. */
  readonly target: string;
  readonly item: Item;
}

/** What the ids of a body name, each once; or every one that names no VM, or the same VM again, in whatever case. */
export function namedVms<Item extends { readonly id: string }>(
  { connectors }: Pick<HandlerDeps, "connectors">,
  items: readonly Item[],
  list: string,
  invalid: "InvalidInitiateInput" | "InvalidRequestContent",
): readonly NamedVm<Item>[] | ArmError {
  const named: NamedVm<Item>[] = [];
  const problems: { readonly code: string; readonly message: string; readonly target: string }[] = [];
  const first = new Map<VmRef, string>();
  for (const [at, item] of items.entries()) {
    const target = `${list}[${at}]`;
    const vm = vmOfAzureId(item.id, connectors);
    if (vm === undefined) {
      const message = `Property id '${item.id.slice(0, 300)}' at path '${target}.id' is invalid. Expect the fully qualified resource Id of a virtual machine, or of an EC2 instance of a connected account.`;
      problems.push({ code: "LinkedInvalidPropertyId", message, target: `${target}.id` });
      continue;
    }
    const before = first.get(vm);
    if (before !== undefined) {
      const message = `${target}.id names the same virtual machine as ${before}.id: ids are compared in any case.`;
      problems.push({ code: invalid, message, target: `${target}.id` });
      continue;
    }
    first.set(vm, target);
    named.push({ vm, id: item.id, target, item });
  }
  const [problem] = problems;
  if (problem === undefined) return named;
  return armError(400, problem.code, problem.message, { target: problem.target, details: problems.slice(0, 20) });
}

export const resourceNotFound = ({ id, target }: Pick<NamedVm<unknown>, "id" | "target">): ArmError =>
  armError(404, "ResourceNotFound", `The Resource '${id}' was not found, or no survey has seen it yet.`, {
    target: `${target}.id`,
  });
