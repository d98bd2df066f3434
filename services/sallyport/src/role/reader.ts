import { leastRole } from "@sallyport/domain";
import { printRole } from "./print-role.ts";

/** The least role of a reader (S35). */
export const readerRole = (args: readonly string[]): string => printRole(args, (scopes) => leastRole("reader", scopes));
