import { neededActions } from "@sallyport/cloud-azure";
import { printRole } from "./print-role.ts";

/** What Sallyport itself needs in a subscription: everything that its Azure adapter asks for, firewalls and role lookups included. */
export const azureRole = (args: readonly string[]): string =>
  printRole(args, (scopes) => ({
    Name: "Sallyport",
    IsCustom: true,
    Description:
      "Lets Sallyport read networks, open and close ports of virtual machines, and look up who may ask for it.",
    Actions: Object.keys(neededActions),
    NotActions: [],
    DataActions: [],
    NotDataActions: [],
    AssignableScopes: scopes,
  }));
