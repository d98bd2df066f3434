import type { Simulator, WorldDocuments } from "@sallyport/simulator";
import { SUBSCRIPTION, TENANT } from "./estates.ts";
import { APPROVERS, everybody, oidOf, roleIdOf, usual } from "./people.ts";
import type { Person } from "./people.ts";
import { neighbourWrites } from "./neighbours.ts";

const AUTHORIZATION = `${SUBSCRIPTION}/providers/Microsoft.Authorization`;
const roleOf = (person: Person) => `${AUTHORIZATION}/roleDefinitions/${roleIdOf(person)}`;
/** Whoever assigns one names the assignment; here it is named after the person. */
const assignmentOf = (person: Person) => `${AUTHORIZATION}/roleAssignments/${roleIdOf(person).replace("f00", "a00")}`;

/** The same people, with their roles where Azure keeps them; those who are `without` have none there so far. */
export function withRolesInAzure({ azure, aws }: WorldDocuments, without: readonly Person[]): WorldDocuments {
  const document = (type: string, id: string, properties: object) => ({
    id,
    name: id.slice(id.lastIndexOf("/") + 1),
    type: `Microsoft.Authorization/${type}`,
    properties: { ...properties },
  });
  return {
    azure: {
      ...azure,
      tenantId: TENANT,
      directory: {
        users: everybody.map((person) => ({ id: oidOf(person), displayName: person })),
        groups: [{ id: APPROVERS, displayName: "on call", members: [oidOf("bob"), oidOf("carol")] }],
        servicePrincipals: [],
      },
      authorization: {
        roleDefinitions: everybody.map((person) =>
          document("roleDefinitions", roleOf(person), {
            roleName: `what ${person} may`,
            type: "CustomRole",
            permissions: [{ actions: usual[person], notActions: [], dataActions: [], notDataActions: [] }],
            assignableScopes: [SUBSCRIPTION],
          }),
        ),
        roleAssignments: everybody
          .filter((person) => !without.includes(person))
          .map((person) => document("roleAssignments", assignmentOf(person), propertiesOf(person))),
        denyAssignments: [],
      },
    },
    aws,
  };
}

const propertiesOf = (person: Person) => ({
  principalId: oidOf(person),
  principalType: "User",
  roleDefinitionId: roleOf(person),
  scope: SUBSCRIPTION,
});

/** Somebody assigns them their role, in Azure. */
export const assignRole = ({ control }: Pick<Simulator, "control">, person: Person): Promise<void> =>
  neighbourWrites({ control }, [
    { cloud: "azure", method: "PUT", path: assignmentOf(person), body: { properties: propertiesOf(person) } },
  ]);

/** Somebody takes it away, there. */
export const removeRole = ({ control }: Pick<Simulator, "control">, person: Person): Promise<void> =>
  neighbourWrites({ control }, [{ cloud: "azure", method: "DELETE", path: assignmentOf(person) }]);
