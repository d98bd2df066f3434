import { AuthorizationManagementClient } from "@azure/arm-authorization";
import type { HttpClient } from "@azure/core-rest-pipeline";
import { createMay } from "@sallyport/authorization";
import { quietLog } from "@sallyport/backbone";
import { GroupId, PrincipalId, VmRef } from "@sallyport/contracts";
import type { Decision, Task } from "@sallyport/domain";
import { createSimulator, Fault, smallWorld, SMALL } from "@sallyport/simulator";
import type { FaultInput, WorldDocuments } from "@sallyport/simulator";
import { aProfile, createVirtualClock } from "@sallyport/testkit";
import { during, ENDPOINT, transportTo } from "../simulated-azure.conformance.ts";
import type { Request } from "../simulated-azure.conformance.ts";
import { credentialOf } from "../settings.ts";
import { createAzureRoleAssignments } from "./azure-role-assignments.ts";

const PROVIDER = "providers/Microsoft.Authorization";
const GROUP = SMALL.vm.split("/providers/")[0] ?? "";
const SUBSCRIPTION = GROUP.split("/resourceGroups/")[0] ?? "";
const COMPANY = "/providers/Microsoft.Management/managementGroups/company";
const OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const CUSTOM = "5e55e55e-0000-4000-8000-00000000beef";
const EVERYONE = "00000000-0000-0000-0000-000000000000";
const [ANNA, BOB, TEAM, STAFF] = [
  "aaaaaaaa-0000-4000-8000-000000000001",
  "aaaaaaaa-0000-4000-8000-000000000002",
  "bbbbbbbb-0000-4000-8000-000000000001",
  "bbbbbbbb-0000-4000-8000-000000000002",
] as const;
const profile = aProfile({ vm: VmRef.parse(SMALL.vm), interfaces: [SMALL.nic.toLowerCase()], publicAddresses: [] });

const settings = { endpoint: ENDPOINT, authorityHost: ENDPOINT, disableInstanceDiscovery: true };

type Authorization = Partial<NonNullable<WorldDocuments["azure"]["authorization"]>>;
const EMPTY = { roleAssignments: [], roleDefinitions: [], denyAssignments: [] };
let number = 0;
const assigned = (scope: string, principalId: string, role = OWNER, more: object = {}) => {
  const name = `00000000-0000-4000-8000-${String((number += 1)).padStart(12, "0")}`;
  const roleDefinitionId = `${SUBSCRIPTION}/${PROVIDER}/roleDefinitions/${role}`;
  const principalType = principalId.startsWith("b") ? "Group" : "User";
  return {
    id: `${scope}/${PROVIDER}/roleAssignments/${name}`,
    name,
    type: "Microsoft.Authorization/roleAssignments",
    properties: { roleDefinitionId, principalId, principalType, scope, ...more },
  };
};
const denied = (scope: string, more: object = {}) => ({
  id: `${scope}/${PROVIDER}/denyAssignments/d`,
  name: "d",
  type: "Microsoft.Authorization/denyAssignments",
  properties: {
    denyAssignmentName: "stack",
    scope,
    permissions: [{ actions: ["*"], notActions: ["*/read"], dataActions: [], notDataActions: [] }],
    principals: [{ id: EVERYONE, type: "SystemDefined" }],
    excludePrincipals: [],
    doNotApplyToChildScopes: false,
    isSystemProtected: true,
    ...more,
  },
});

async function cloud(
  authorization: Authorization = {},
  { wrap = (client) => client }: { readonly wrap?: (client: HttpClient) => HttpClient } = {},
) {
  const world = smallWorld();
  const directory = {
    users: [
      { id: ANNA, displayName: "Anna" },
      { id: BOB, displayName: "Bob" },
    ],
    groups: [
      { id: TEAM, displayName: "team", members: [ANNA] },
      { id: STAFF, displayName: "staff", members: [TEAM] },
    ],
    servicePrincipals: [],
  };
  const clock = createVirtualClock();
  const simulator = await createSimulator({
    world: { ...world, azure: { ...world.azure, directory, authorization: { ...EMPTY, ...authorization } } },
    clock,
    auth: true,
  });
  const { tenantId, clientId, clientSecret } = simulator.describe();
  const seen: Request[] = [];
  const asked = transportTo(simulator.arm, seen);
  const roleAssignments = createAzureRoleAssignments({
    clock,
    log: quietLog,
    tenantId,
    oldestMs: 60_000,
    graphEndpoint: ENDPOINT,
    settings: { ...settings, tenantId, clientId, clientSecret },
    httpClient: wrap(asked),
  });
  const mayOf = createMay({ roleAssignments, connectors: {}, log: quietLog });
  const ask = (who: string, task: Task, on = profile, approvers?: GroupId): Promise<Decision> =>
    during(clock)(
      mayOf({ id: PrincipalId.parse(/[@:]/.test(who) ? who : `${who}@${tenantId}`) }, task, on, { approvers }),
    );
  const decide = (who: string, task: Task = "request-access", on = profile) => ask(who, task, on);
  const may = async (...question: Parameters<typeof decide>) => (await decide(...question)).allowed;
  const trouble = (fault: FaultInput) => {
    const refused = simulator.control.setFaults([Fault.parse(fault)]);
    if (refused !== undefined) throw new Error(refused.misunderstood);
  };
  const urls = () =>
    seen.map(({ url }) => decodeURIComponent(url)).filter((url) => /Authorization|graph|v1\.0/.test(url));
  const client = new AuthorizationManagementClient(
    credentialOf({ ...settings, tenantId, clientId, clientSecret }, asked),
    tenantId,
    { endpoint: ENDPOINT, httpClient: asked },
  );
  const admin = {
    assign: (scope: string, name: string, principalId: string) =>
      during(clock)(
        client.roleAssignments.create(scope, name, {
          principalId,
          roleDefinitionId: `${SUBSCRIPTION}/${PROVIDER}/roleDefinitions/${OWNER}`,
          principalType: "User",
        }),
      ),
    remove: (scope: string, name: string) => during(clock)(client.roleAssignments.delete(scope, name)),
    pass: (ms: number) => clock.pass(ms),
  };
  return { admin, ask, decide, may, trouble, urls };
}

describe("role assignments of Azure itself", () => {
  it("refuse whom nobody has assigned anything, and permit the same request at once when somebody has", async () => {
    const { admin, decide, may } = await cloud();
    expect(await decide(ANNA)).toMatchObject({
      allowed: false,
      missing: [{ code: "rbac.missing-action", object: GROUP.toLowerCase() }, {}, {}, {}],
    });
    await admin.assign(SUBSCRIPTION, "one", ANNA);
    // A few seconds: many refusals at once are one lookup.
    expect(await may(ANNA)).toBe(false);
    await admin.pass(2001);
    expect(await may(ANNA)).toBe(true);
  });

  it("are forgotten a minute after they were seen, and not while they are younger", async () => {
    const { admin, may } = await cloud();
    await admin.assign(GROUP, "one", ANNA);
    expect(await may(ANNA)).toBe(true);
    await admin.remove(GROUP, "one");
    await admin.pass(59_000);
    expect(await may(ANNA)).toBe(true);
    await admin.pass(1001);
    expect(await may(ANNA)).toBe(false);
  });

  it("count at the management group, through groups in groups, and not for others, nor on a group whose name begins alike", async () => {
    const { may } = await cloud({
      roleAssignments: [assigned(COMPANY, STAFF), assigned(`${GROUP}2`, BOB), assigned(SMALL.vm, BOB)],
    });
    expect(await may(ANNA)).toBe(true);
    expect(await may(BOB, "read-vm")).toBe(true);
    expect(await may(BOB)).toBe(false);
  });

  it("hold what their roles hold: a custom one, and none that is gone", async () => {
    const actions = ["Microsoft.Compute/virtualMachines/read"];
    const roleDefinitions = [
      {
        id: `${SUBSCRIPTION}/${PROVIDER}/roleDefinitions/${CUSTOM}`,
        name: CUSTOM,
        type: "Microsoft.Authorization/roleDefinitions",
        properties: {
          roleName: "Looks",
          type: "CustomRole",
          permissions: [{ actions, notActions: [], dataActions: [], notDataActions: [] }],
          assignableScopes: [SUBSCRIPTION],
        },
      },
    ];
    const gone = "5e55e55e-0000-4000-8000-00000000dead";
    const { may } = await cloud({
      roleDefinitions,
      roleAssignments: [assigned(SUBSCRIPTION, ANNA, CUSTOM), assigned(SUBSCRIPTION, BOB, gone)],
    });
    expect(await may(ANNA, "read-vm")).toBe(true);
    expect(await may(ANNA, "read-policy")).toBe(false);
    expect(await may(BOB, "read-vm")).toBe(false);
  });

  it("bring their conditions along: one that cannot be reduced grants nothing", async () => {
    const bare = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:Name] StringEquals 'foo'";
    const other = `((!(ActionMatches{'Microsoft.Storage/x/read'})) OR (${bare}))`;
    const on = (condition: string) => ({ condition, conditionVersion: "2.0" });
    const { may, urls } = await cloud({
      roleAssignments: [assigned(SUBSCRIPTION, ANNA, OWNER, on(bare)), assigned(SUBSCRIPTION, BOB, OWNER, on(other))],
    });
    expect(await may(ANNA)).toBe(false);
    expect(await may(BOB)).toBe(true);
    // The first version that shows conditions.
    const lists = urls().filter((url) => url.includes("Assignments"));
    expect(lists).not.toHaveLength(0);
    for (const url of lists) expect(url).toContain("api-version=2022-04-01");
  });

  it("are one list for a principal and two of denials, however many VMs are asked about, and one call for each role", async () => {
    const { may, urls } = await cloud({ roleAssignments: [assigned(SUBSCRIPTION, ANNA)] });
    for (const name of ["vm-1", "vm-2", "vm-3"])
      expect(await may(ANNA, "request-access", aProfile({ vm: VmRef.parse(SMALL.vm.replace("vm-1", name)) }))).toBe(
        true,
      );
    const asked = (part: RegExp) => urls().filter((url) => part.test(url)).length;
    expect(asked(/roleAssignments\?.*assignedTo\('/)).toBe(1);
    expect(asked(/denyAssignments/)).toBe(2);
    expect(asked(/roleDefinitions/)).toBe(1);
    expect(urls()).toHaveLength(4);
  });

  it("are nobody's of another tenant, or with another issuer's token or an API key, and Azure is not asked", async () => {
    const { may, urls } = await cloud({ roleAssignments: [assigned(SUBSCRIPTION, ANNA)] });
    expect(await may(`${ANNA}@00000000-0000-4000-8000-00000000ffff`)).toBe(false);
    for (const id of [`https://issuer.example#${ANNA}`, `key:${ANNA}`]) expect(await may(id, "read-vm")).toBe(false);
    expect(urls()).toEqual([]);
    expect(await may(ANNA)).toBe(true);
  });
});

describe("a group of approvers", () => {
  it("is looked up in Graph, through groups, and nobody is in it while that does not answer", async () => {
    const { ask } = await cloud();
    expect(await ask(ANNA, "approve", profile, GroupId.parse(STAFF))).toEqual({ allowed: true });
    expect(await ask(BOB, "approve", profile, GroupId.parse(STAFF))).toMatchObject({
      missing: [{ code: "auth.forbidden" }],
    });
    const other = await cloud();
    other.trouble({ match: { resource: "getMemberGroups" }, effect: { kind: "status", status: 503 } });
    expect(await other.ask(ANNA, "approve", profile, GroupId.parse(STAFF))).toMatchObject({
      missing: [{ code: "rbac.lookup-failed" }],
    });
  });
});

describe("deny assignments of Azure itself", () => {
  const roleAssignments = [assigned(SUBSCRIPTION, ANNA), assigned(SUBSCRIPTION, BOB)];
  const exceptStaff = { excludePrincipals: [{ id: STAFF, type: "Group" }] };

  it.each([
    ["above", COMPANY],
    ["at", SUBSCRIPTION],
    ["below", GROUP],
  ])("block whatever roles there are, from %s the subscription", async (_where, scope) => {
    const { decide, may } = await cloud({ roleAssignments, denyAssignments: [denied(scope)] });
    expect(await decide(ANNA)).toMatchObject({ allowed: false, missing: [{ code: "rbac.denied" }] });
    expect(await may(ANNA, "read-vm")).toBe(true);
  });

  it("exempt the members of a group, through groups, which are asked of Graph only then", async () => {
    const { may, urls } = await cloud({ roleAssignments, denyAssignments: [denied(GROUP, exceptStaff)] });
    expect(await may(ANNA)).toBe(true);
    expect(await may(BOB)).toBe(false);
    expect(urls().filter((url) => url.includes("getMemberGroups"))).toHaveLength(2);
  });

  it("exempt nobody by a group, and deny everybody by one, while Graph does not answer", async () => {
    const { admin, decide, may, trouble } = await cloud({
      roleAssignments,
      denyAssignments: [denied(GROUP, exceptStaff)],
    });
    trouble({ match: { resource: "getMemberGroups" }, times: 2, effect: { kind: "status", status: 403 } });
    const { allowed, ...rest } = await decide(ANNA);
    expect(allowed).toBe(false);
    expect(JSON.stringify(rest)).toContain("whose groups could not be looked up");
    await admin.pass(2001);
    expect(await may(ANNA)).toBe(true);
    const toTeam = denied(GROUP, { principals: [{ id: TEAM, type: "Group" }] });
    const other = await cloud({ roleAssignments, denyAssignments: [toTeam] });
    other.trouble({ match: { resource: "getMemberGroups" }, times: 2, effect: { kind: "status", status: 403 } });
    expect(await other.may(BOB)).toBe(false);
    await other.admin.pass(2001);
    expect(await other.may(BOB)).toBe(true);
    expect(await other.may(ANNA)).toBe(false);
  });
});

describe("when Azure does not say who may do what, it is refused, and says so:", () => {
  it.each([
    ["role assignments", "roleAssignments", 503],
    ["role assignments that may not be read", "roleAssignments", 403],
    ["deny assignments", "denyAssignments", 500],
    ["roles", "roleDefinitions", 503],
  ])("%s", async (_what, resource, status) => {
    const { decide, may, trouble } = await cloud({ roleAssignments: [assigned(SUBSCRIPTION, ANNA)] });
    trouble({ match: { resource }, effect: { kind: "status", status } });
    expect(await decide(ANNA)).toMatchObject({ allowed: false, missing: [{ code: "rbac.lookup-failed" }] });
    expect(await may(ANNA)).toBe(true);
  });

  it("throttled, it is not asked again before it may be", async () => {
    const { admin, may, trouble, urls } = await cloud({ roleAssignments: [assigned(SUBSCRIPTION, ANNA)] });
    trouble({ match: { resource: "roleAssignments" }, effect: { kind: "status", status: 429, retryAfter: 10 } });
    expect(await may(ANNA)).toBe(false);
    const { length } = urls();
    await admin.pass(9000);
    expect(await may(ANNA)).toBe(false);
    expect(urls()).toHaveLength(length);
    await admin.pass(1001);
    expect(await may(ANNA)).toBe(true);
  });

  it("a list that was not filtered, and would give everybody everything", async () => {
    const wrap = (client: HttpClient): HttpClient => ({
      sendRequest: (request) => {
        request.url = request.url.replace(/\$filter=assignedTo[^&]*&?/, "");
        return client.sendRequest(request);
      },
    });
    const { decide } = await cloud({ roleAssignments: [assigned(SUBSCRIPTION, ANNA)] }, { wrap });
    expect(await decide(BOB)).toMatchObject({ missing: [{ code: "rbac.lookup-failed" }] });
  });
});
