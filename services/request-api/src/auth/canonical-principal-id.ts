import { PrincipalId } from "@sallyport/contracts";

const GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const ENTRA = new RegExp(`^${GUID}@${GUID}$`, "i");

/** A principal id that somebody wrote, as tokens give it: Entra's ids have no case, subjects of other issuers do. */
export const canonicalPrincipalId = (id: PrincipalId): PrincipalId =>
  ENTRA.test(id) ? PrincipalId.parse(id.toLowerCase()) : id;
