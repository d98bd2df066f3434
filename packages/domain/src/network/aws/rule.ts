import type { ObjectId, ScopeId, VmRef } from "@sallyport/contracts";
import type { AwsPermit, AwsTag } from "./net.ts";

/**
 * What a change is about. The account and region come along, since an id alone does not say where to write it.
 *
 * - `group`: the change's object is the group. `egress` absent: as EC2 makes it, everything may leave.
 * - `ingress`: one rule of the group that is the change's object.
 * - `membership`: the change's object is the interface; `group` is attached to it or detached from it. Where `vm` is given, the
 *   interface must still be that machine's.
 */
export type AwsRule =
  | {
      readonly kind: "group";
      readonly scope: ScopeId;
      readonly vpc: string;
      readonly name: string;
      readonly description: string;
      readonly tags: readonly AwsTag[];
      readonly egress?: readonly AwsPermit[];
    }
  | { readonly kind: "ingress"; readonly scope: ScopeId; readonly permit: AwsPermit }
  | { readonly kind: "membership"; readonly scope: ScopeId; readonly group: ObjectId; readonly vm?: VmRef };
