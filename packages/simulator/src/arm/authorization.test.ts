import { Instant } from "@sallyport/contracts";
import { z } from "zod";
import { callJson } from "../call.ts";
import { createSimulator } from "../simulator.ts";
import { createStandingClock } from "../world/standing-clock.ts";
import { SMALL, smallWorld } from "../worlds/small-world.ts";

const PROVIDER = "providers/Microsoft.Authorization";
const GROUP = SMALL.vm.split("/providers/")[0] ?? "";
const SUBSCRIPTION = GROUP.split("/resourceGroups/")[0] ?? "";
const READER = `${SUBSCRIPTION}/${PROVIDER}/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`;
const [ANNA, TEAM, COMPANY] = [
  "aaaaaaaa-0000-4000-8000-000000000001",
  "bbbbbbbb-0000-4000-8000-000000000001",
  "bbbbbbbb-0000-4000-8000-000000000002",
] as const;

const List = z.object({ value: z.array(z.looseObject({ name: z.string() })) });

async function cloud() {
  const world = smallWorld();
  const directory = {
    users: [{ id: ANNA, displayName: "Anna" }],
    groups: [
      { id: TEAM, displayName: "team", members: [ANNA] },
      { id: COMPANY, displayName: "company", members: [TEAM] },
    ],
    servicePrincipals: [],
  };
  const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
  const simulator = await createSimulator({
    world: { ...world, azure: { ...world.azure, directory } },
    clock,
    auth: false,
  });
  const call = (method: string, path: string, body?: unknown) =>
    callJson(
      simulator.arm,
      method,
      path + (path.includes("?") ? "&" : "?") + "api-version=2022-04-01",
      body === undefined ? {} : { body },
    );
  const assign = (scope: string, name: string, principalId: string) =>
    call("PUT", `${scope}/${PROVIDER}/roleAssignments/${name}`, {
      properties: { roleDefinitionId: READER, principalId },
    });
  const list = async (scope: string, filter: string) => {
    const query = filter === "" ? "" : `?$filter=${encodeURIComponent(filter)}`;
    const { json } = await call("GET", `${scope}/${PROVIDER}/roleAssignments${query}`);
    return List.parse(json).value.map(({ name }) => name);
  };
  return { simulator, call, assign, list };
}

describe("role assignments", () => {
  it("are found for a principal through its groups, and theirs, at the scope and above it", async () => {
    const { assign, list } = await cloud();
    await assign(SUBSCRIPTION, "of-company", COMPANY);
    await assign(GROUP, "of-team", TEAM);
    await assign(SMALL.vm, "of-anna", ANNA);
    expect(await list(SMALL.vm, `atScope() and assignedTo('${ANNA}')`)).toEqual(["of-company", "of-team", "of-anna"]);
    expect(await list(GROUP, `atScope() and assignedTo('${ANNA}')`)).toEqual(["of-company", "of-team"]);
    expect(await list(GROUP, `assignedTo('${TEAM}')`)).toEqual(["of-company", "of-team"]);
    expect(await list(SMALL.vm, `principalId eq '${ANNA}'`)).toEqual(["of-anna"]);
    expect(await list(SUBSCRIPTION, "")).toEqual(["of-company", "of-team", "of-anna"]);
  });

  it("do not reach into a group whose name only begins alike", async () => {
    const { assign, list } = await cloud();
    await assign(GROUP, "here", ANNA);
    expect(await list(`${GROUP}2`, "atScope()")).toEqual([]);
  });

  it("are made once: the same role for the same principal at the same scope is a conflict", async () => {
    const { assign, call } = await cloud();
    expect((await assign(GROUP, "one", TEAM)).json).toMatchObject({
      properties: { principalType: "Group", scope: GROUP },
    });
    expect((await assign(GROUP, "two", TEAM)).status).toBe(409);
    const path = `${GROUP}/${PROVIDER}/roleAssignments/one`;
    expect((await call("DELETE", path)).status).toBe(200);
    expect((await call("DELETE", path)).status).toBe(204);
  });

  it("survive in the world file", async () => {
    const { assign, simulator } = await cloud();
    await assign(GROUP, "one", TEAM);
    expect(simulator.documents().azure.authorization?.roleAssignments).toMatchObject([{ name: "one" }]);
  });

  it("refer to roles that are found by name in any case, and refuse a filter that nobody knows", async () => {
    const { call } = await cloud();
    const found = await call(
      "GET",
      `${GROUP}/${PROVIDER}/roleDefinitions?$filter=${encodeURIComponent("roleName eq 'reader'")}`,
    );
    expect(found.json).toMatchObject({ value: [{ id: READER, properties: { roleName: "Reader" } }] });
    expect((await call("GET", `${GROUP}/${PROVIDER}/roleAssignments?$filter=color`)).status).toBe(400);
  });
});

describe("plans of Defender for Cloud", () => {
  it("are free until somebody says otherwise", async () => {
    const { call } = await cloud();
    const path = `${SUBSCRIPTION}/providers/Microsoft.Security/pricings/VirtualMachines`;
    expect((await call("GET", path)).json).toMatchObject({ properties: { pricingTier: "Free" } });
    await call("PUT", path, { properties: { pricingTier: "Standard" } });
    expect((await call("GET", path)).json).toMatchObject({ properties: { pricingTier: "Standard" } });
  });
});
