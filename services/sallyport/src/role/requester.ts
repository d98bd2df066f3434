import { leastRole } from "@sallyport/domain";
import { printRole } from "./print-role.ts";

/** The least role of a requester (S35). */
export const requesterRole = (args: readonly string[]): string =>
  printRole(args, (scopes) => leastRole("requester", scopes));
