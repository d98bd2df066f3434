import { leastRole } from "@sallyport/domain";
import { printRole } from "./print-role.ts";

/** The least role of a operator (S35). */
export const operatorRole = (args: readonly string[]): string =>
  printRole(args, (scopes) => leastRole("operator", scopes));
