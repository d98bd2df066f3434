import { createMay, readRoleFile } from "@sallyport/authorization";
import type { May } from "@sallyport/authorization";
import { quietLog } from "@sallyport/backbone";
import { builtInRoles, leastPrivilegeRole } from "@sallyport/domain";
import { ACCOUNT, SUBSCRIPTION, TENANT } from "./estates.ts";

/**
 * Ada administers and Bob may do the same, Alice and Carol may request and no more, Rita may read, Sam may do nothing.
 */
export const everybody = ["ada", "bob", "alice", "carol", "rita", "sam"] as const;
export type Person = (typeof everybody)[number];

export const oidOf = (person: Person): string => `5a11b007-0000-4000-8000-00000000e00${everybody.indexOf(person)}`;
export const principalOf = (person: Person): string => `${oidOf(person)}@${TENANT}`;
export const roleIdOf = (person: Person): string => oidOf(person).replace("e00", "f00");

const administration = [
  "Microsoft.Security/*",
  "Microsoft.Compute/virtualMachines/read",
  "Microsoft.Compute/virtualMachines/write",
  "Microsoft.Network/*/read",
];
/** What takes a request, action by action (S35). */
export const requesting: readonly string[] = leastPrivilegeRole([SUBSCRIPTION]).Actions;

/** What each may at first. */
export const usual: Readonly<Record<Person, readonly string[]>> = {
  ada: administration,
  bob: administration,
  alice: requesting,
  carol: requesting,
  rita: builtInRoles.reader.permissions.flatMap(({ actions }) => actions),
  sam: [],
};

/** The group that approves, through the group of those on call: Bob, Carol and Rita, unless the journey says otherwise. */
export const APPROVERS = "5a11b007-0000-4000-8000-00000000ca11";
const ON_CALL = "5a11b007-0000-4000-8000-00000000ca12";

/** The security connector by which the AWS account is connected. */
export const CONNECTOR = `${SUBSCRIPTION}/resourcegroups/rg-clouds/providers/microsoft.security/securityconnectors/aws`;

/** The same connector for each of these accounts. */
export const connectorsOf = (accounts: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(accounts.map((account) => [account, CONNECTOR]));

export interface People {
  readonly may: May;
  /** From now on the person has exactly these actions, on the whole subscription. */
  readonly grant: (person: Person, actions: readonly string[]) => void;
  /** From now on these are on call, and so in the group that approves. */
  readonly putOnCall: (people: readonly Person[]) => void;
  /** From now on nobody's rights can be looked up, or only this person's cannot; `undefined`: all can again. */
  readonly failLookups: (whose: Person | "everybody" | undefined) => void;
}

/** People and their rights, read by the shipped reader of role files at each look, so that a change counts at once. */
export function createPeople(accounts: readonly string[] = [ACCOUNT]): People {
  const rights = new Map<Person, readonly string[]>(everybody.map((person) => [person, usual[person]]));
  let onCall: readonly Person[] = ["bob", "carol", "rita"];
  let failing: Person | "everybody" | undefined;
  const read = () =>
    readRoleFile(
      JSON.stringify({
        tenantId: TENANT,
        groups: [
          { id: APPROVERS, members: [ON_CALL] },
          { id: ON_CALL, members: onCall.map(oidOf) },
        ],
        roleDefinitions: everybody.map((person) => ({
          name: roleIdOf(person),
          roleName: `what ${person} may`,
          permissions: [{ actions: rights.get(person), notActions: [] }],
          assignableScopes: [SUBSCRIPTION],
        })),
        roleAssignments: everybody.map((person) => ({
          principalId: oidOf(person),
          roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${roleIdOf(person)}`,
          scope: SUBSCRIPTION,
        })),
      }),
    );
  let book = read();
  return {
    may: createMay({
      roleAssignments: {
        assignmentsFor: async (principal) => {
          if (failing === "everybody" || (failing !== undefined && principal === principalOf(failing)))
            throw new Error("the directory does not answer");
          return book.rightsOf(principal);
        },
      },
      connectors: connectorsOf(accounts),
      log: quietLog,
    }),
    grant: (person, actions) => {
      rights.set(person, actions);
      book = read();
    },
    putOnCall: (people) => {
      onCall = people;
      book = read();
    },
    failLookups: (whose) => {
      failing = whose;
    },
  };
}
