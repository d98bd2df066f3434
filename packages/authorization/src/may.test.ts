import { quietLog } from "@sallyport/backbone";
import { GroupId } from "@sallyport/contracts";
import { aPrincipal, aProfile, aVm } from "@sallyport/testkit";
import { createMay } from "./may.ts";
import { readRoleFile } from "./read-role-file.ts";
import type { RoleAssignments } from "./role-assignments.ts";

const connector = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Security/securityConnectors/aws";
const contributor = "/r/b24988ac-6180-42a0-ab88-20f7382dd24c";
const roles = (scope: string): RoleAssignments => {
  const text = JSON.stringify({
    roleAssignments: [{ principalId: aPrincipal().id, roleDefinitionId: contributor, scope }],
  });
  return { assignmentsFor: async (principal) => readRoleFile(text).rightsOf(principal) };
};
const mayWith = (roleAssignments: RoleAssignments, connectors = {}) =>
  createMay({ roleAssignments, connectors, log: quietLog });

describe("may", () => {
  it("refuses by default, naming each missing action with its resource (S17)", async () => {
    const profile = aProfile();
    const decision = await mayWith(roles("/subscriptions/other"))(aPrincipal(), "request-access", profile);
    expect(decision).toMatchObject({ allowed: false });
    expect(decision.allowed ? [] : decision.missing.map(({ object }) => object)).toEqual(
      expect.arrayContaining([profile.vm, ...profile.interfaces]),
    );
  });

  it("refuses when one action of one interface is missing", async () => {
    const profile = aProfile();
    const elsewhere =
      "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a009/resourcegroups/n/providers/microsoft.network/networkinterfaces/nic-2";
    const two = aProfile({ interfaces: [...profile.interfaces, elsewhere] });
    const may = mayWith(roles("/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001"));
    expect(await may(aPrincipal(), "request-access", profile)).toEqual({ allowed: true });
    expect(await may(aPrincipal(), "request-access", two)).toMatchObject({ missing: [{ object: elsewhere }] });
  });

  it("asks on the security connector for an AWS instance, and refuses an account without one (S16, S34)", async () => {
    const profile = aProfile({ vm: aVm("aws") });
    const here = mayWith(roles(connector), { "123456789012": connector });
    expect(await here(aPrincipal(), "request-access", profile)).toEqual({ allowed: true });
    expect(await mayWith(roles("/"))(aPrincipal(), "request-access", profile)).toMatchObject({
      missing: [{ code: "scope.not-enrolled" }],
    });
  });

  it("refuses when the roles cannot be looked up (G6)", async () => {
    const may = mayWith({ assignmentsFor: () => Promise.reject(new Error("away")) });
    expect(await may(aPrincipal(), "read-vm", aProfile())).toMatchObject({ missing: [{ code: "rbac.lookup-failed" }] });
  });

  it("takes nothing that is remembered where it is asked afresh, neither what allows nor what refuses (P49)", async () => {
    const of = (remembered: string, now: string) =>
      mayWith({
        assignmentsFor: async (principal, resources, how) =>
          roles(how?.fresh === true ? now : remembered).assignmentsFor(principal, resources),
      });
    const isAllowed = async (may: ReturnType<typeof mayWith>, fresh: boolean) =>
      (await may(aPrincipal(), "request-access", aProfile(), { fresh })).allowed;
    const [taken, given] = [of("/", "/subscriptions/other"), of("/subscriptions/other", "/")];
    expect([await isAllowed(taken, false), await isAllowed(taken, true)]).toEqual([true, false]);
    expect([await isAllowed(given, false), await isAllowed(given, true)]).toEqual([true, true]);
  });

  it("lets exactly the members of the approvers' group approve, groups in groups included, whoever holds the roles for it", async () => {
    const approvers = GroupId.parse("6f1c9f0e-7d3a-4c11-9a57-00000000aa01");
    const inner = "6f1c9f0e-7d3a-4c11-9a57-00000000aa02";
    const text = JSON.stringify({
      roleAssignments: [{ principalId: aPrincipal("owner").id, roleDefinitionId: contributor, scope: "/" }],
      groups: [
        { id: approvers.toUpperCase(), members: [inner] },
        { id: inner, members: [aPrincipal("bob").id] },
      ],
    });
    const may = mayWith({ assignmentsFor: async (principal) => readRoleFile(text).rightsOf(principal) });
    expect(await may(aPrincipal("bob"), "approve", aProfile(), { approvers })).toEqual({ allowed: true });
    expect(await may(aPrincipal("bob"), "approve", aProfile())).toMatchObject({ allowed: false });
    expect(await may(aPrincipal("owner"), "approve", aProfile())).toEqual({ allowed: true });
    expect(await may(aPrincipal("owner"), "approve", aProfile(), { approvers })).toMatchObject({
      missing: [{ code: "auth.forbidden", object: approvers }],
    });
  });

  it("takes nothing from what a display name says (P58)", async () => {
    const may = mayWith(roles("/"));
    const impostor = { ...aPrincipal("bob"), displayName: "alice", groups: [aPrincipal().id] };
    expect(await may(impostor, "read-vm", aProfile())).toMatchObject({ allowed: false });
  });
});
