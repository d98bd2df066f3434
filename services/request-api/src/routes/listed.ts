import { VmRef, isApiKey, vmOfKey } from "@sallyport/contracts";
import type { Principal } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Refused } from "../http/answer.ts";
import { notFound } from "../http/not-found.ts";
import { ofHolder, ofVm } from "../views/grants.ts";
import { maySeeGrantsOn } from "./visible.ts";

export interface Listed {
  readonly index: "vm" | "principal" | "asker";
  readonly prefix: string;
  /** Only the caller's own, though the list is one of a VM. */
  readonly onlyOwn: boolean;
  /** The VM that the list is about; `undefined`: any. */
  readonly vm: VmRef | undefined;
}

/** Which part of the grants a list is about: the caller's own, or those on one VM, for who may read its policy. */
export async function listed(
  deps: HandlerDeps,
  principal: Principal,
  { vm: text, principal: own }: { readonly vm?: string | undefined; readonly principal?: "me" | undefined },
): Promise<Listed | Refused> {
  // A key lists what it asked for, for itself or for somebody; a person what is theirs, whoever asked.
  const index = isApiKey(principal) ? "asker" : "principal";
  if (text === undefined) return { index, prefix: ofHolder(principal.id), onlyOwn: true, vm: undefined };
  const vm = VmRef.safeParse(text).data ?? vmOfKey(text);
  if (vm === undefined) return notFound("vm");
  const onlyOwn = own === "me";
  const isSeen = onlyOwn || (await maySeeGrantsOn(deps, principal, vm));
  if (isSeen !== true) return isSeen === false ? notFound("vm") : isSeen;
  return { index: "vm", prefix: ofVm(vm), onlyOwn, vm };
}
