import type { EventId, Principal } from "@sallyport/contracts";
import type { GrantRow } from "../views/requests.ts";

/** What a word is about: an extension, or the request itself. */
export interface About {
  readonly extension: EventId | undefined;
}

/** The part of a grant that a word is about. */
export const partOf = (grant: GrantRow, { extension }: About) =>
  extension === undefined ? grant : grant.extension?.id === extension ? grant.extension : undefined;

export const waits = (grant: GrantRow, about: About): boolean => partOf(grant, about)?.status === "AwaitingApproval";

/** The same word twice is one; who has said yes may still say no. */
export function hasSaid(
  grant: GrantRow,
  { by, approved, ...about }: About & { readonly by: Principal; readonly approved: boolean },
): boolean {
  const { words = [], approvals } = partOf(grant, about) ?? {};
  return (
    words.some((word) => word.by.id === by.id && word.approved === approved) ||
    (approved && approvals?.given.some((yes) => yes.by.id === by.id) === true)
  );
}
