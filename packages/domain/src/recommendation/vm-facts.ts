import type { ObjectId, VmProfile } from "@sallyport/contracts";

/** What `classify` asks about a VM: facts read from the cloud, before anything is judged (seed.md §8). */
export interface VmFacts {
  readonly profile: Omit<VmProfile, "surveyedAt">;
  /** `classic` is an Azure ASM machine. */
  readonly generation: "current" | "classic";
  /** NSGs or security groups that any interface of the VM passes. */
  readonly guards: readonly ObjectId[];
  /** A guard of a kind that is not supported, with the reason (S24–S26). */
  readonly unsupported?: { readonly object: ObjectId; readonly detail: string };
  /** Azure: networks whose security admin rules come before the NSGs, each with what decides there, as `Part.by` names it (P31). */
  readonly adminRules?: readonly {
    readonly network: ObjectId;
    readonly deciders: readonly string[];
    /** Why they could not be read. */
    readonly unread?: string;
  }[];
  /** Whether the Internet can reach an address of the VM at all: by a public address, or by a firewall's NAT rule. */
  readonly exposedBy: readonly ObjectId[];
}
