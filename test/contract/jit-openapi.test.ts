import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SMALL } from "@sallyport/simulator";
import { aSystem } from "../journeys/a-system.ts";
import type { SystemUnderTest } from "../journeys/a-system.ts";
import { LISTS, POLICY, createJitCalls, initiateBody, policyBody } from "./jit-calls.ts";
import { judgeAll } from "./openapi-judgement.ts";
import { readSpecification } from "./openapi-specification.ts";
import type { Specification } from "./openapi-specification.ts";

/** Microsoft's examples ask by `duration`, which its specification does not know, instead of the `endTimeUtc` that it requires. */
const BY_DURATION = [
  "JitNetworkAccessPolicies_Initiate request OBJECT_ADDITIONAL_PROPERTIES virtualMachines[]/ports[]/duration",
  "JitNetworkAccessPolicies_Initiate request OBJECT_MISSING_REQUIRED_PROPERTY virtualMachines[]/ports[]/endTimeUtc",
];
/** And they send along what is only to be read. */
const READ_ONLY = ["id", "location", "name", "properties/provisioningState", "type"].map(
  (field) => `JitNetworkAccessPolicies_CreateOrUpdate request READONLY_PROPERTY_NOT_ALLOWED_IN_REQUEST ${field}`,
);

/** An example, about the machine that there is instead of the one that it tells of. */
const example = (name: string): unknown =>
  JSON.parse(
    readFileSync(join(__dirname, `../data/azure-jit-examples/${name}_example.json`), "utf8")
      .replaceAll("20ff7fc3-e762-44dd-bd96-b71116dcdc23", SMALL.place.subscriptionId)
      .replaceAll("3eeab341-f466-499c-a8be-85427e154baf", SMALL.place.subscriptionId)
      .replaceAll("myRg1", "rg-small")
      .replaceAll("/vm1", "/vm-1"),
  );

describe("Azure's JIT API by its published OpenAPI", () => {
  let specification: Specification;
  let system: SystemUnderTest;
  beforeAll(async () => {
    specification = await readSpecification();
  });
  beforeEach(async () => {
    system = await aSystem();
  });
  afterEach(() => system.close());

  it("allows every answer: made, shown, listed, initiated, opened, ended, refused, deleted", async () => {
    const { call, exchanges } = createJitCalls(system);
    const lists = async () => {
      for (const list of LISTS) await call("rita", "GET", list);
    };
    await call("rita", "GET", POLICY);
    await call("ada", "DELETE", POLICY);
    await call("ada", "PUT", POLICY, policyBody());
    await system.pass(60_000);
    await call("alice", "POST", `${POLICY}/initiate`, initiateBody());
    await lists();
    await system.pass(60_000);
    await call("alice", "GET", POLICY);
    await call("alice", "POST", `${POLICY}/initiate`, initiateBody({ number: 3389 }));
    await call("sam", "POST", `${POLICY}/initiate`, initiateBody());
    await call("rita", "PUT", POLICY, policyBody());
    await call("ada", "PUT", POLICY, policyBody({ allowedSourceAddressPrefix: "x" }));
    await system.pass(2 * 3_600_000);
    const ended = await call("alice", "GET", POLICY);
    expect(ended.body.properties.requests[0].virtualMachines[0].ports[0].statusReason).toBe("Expired");
    await lists();
    await call("ada", "DELETE", POLICY);
    const judged = await judgeAll(specification, exchanges);
    expect(judged.deviations.filter((one) => !BY_DURATION.includes(one))).toEqual([]);
    expect(judged.wrong).toEqual([]);
    expect([...judged.operations].sort()).toEqual([
      "JitNetworkAccessPolicies_CreateOrUpdate 200",
      "JitNetworkAccessPolicies_CreateOrUpdate 400",
      "JitNetworkAccessPolicies_CreateOrUpdate 403",
      "JitNetworkAccessPolicies_Delete 200",
      "JitNetworkAccessPolicies_Delete 204",
      "JitNetworkAccessPolicies_Get 200",
      "JitNetworkAccessPolicies_Get 404",
      "JitNetworkAccessPolicies_Initiate 202",
      "JitNetworkAccessPolicies_Initiate 400",
      "JitNetworkAccessPolicies_Initiate 403",
      "JitNetworkAccessPolicies_List 200",
      "JitNetworkAccessPolicies_ListByRegion 200",
      "JitNetworkAccessPolicies_ListByResourceGroup 200",
      "JitNetworkAccessPolicies_ListByResourceGroupAndRegion 200",
    ]);
    expect(system.complaints).toEqual([]);
  });

  it("is answered as in Microsoft's own examples", async () => {
    const { call, exchanges } = createJitCalls(system);
    const create = example("CreateJitNetworkAccessPolicy") as {
      readonly parameters: { readonly body: { readonly properties: { readonly virtualMachines: unknown } } };
      readonly responses: { readonly "200": { readonly body: object } };
    };
    const { virtualMachines } = create.parameters.body.properties;
    const made = await call("ada", "PUT", POLICY, create.parameters.body);
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({ ...create.responses["200"].body, properties: { virtualMachines } });
    await system.pass(60_000);
    const initiate = example("InitiateJitNetworkAccessPolicy") as {
      readonly parameters: { readonly body: unknown };
      readonly responses: { readonly "202": { readonly body: { readonly virtualMachines: unknown } } };
    };
    const said = await call("alice", "POST", `${POLICY}/initiate`, initiate.parameters.body);
    expect(said.status).toBe(202);
    const time = expect.stringMatching(/\.\d{7}Z$/) as unknown;
    expect(said.body).toEqual({
      virtualMachines: JSON.parse(
        JSON.stringify(initiate.responses["202"].body.virtualMachines),
        (key, value: unknown) => (key === "endTimeUtc" ? time : value),
      ) as unknown,
      startTimeUtc: time,
      requestor: "alice",
      justification: "testing a new version of the product",
    });
    await system.pass(60_000);
    const one = await call("rita", "GET", POLICY);
    expect(one.body.properties.requests[0].virtualMachines[0].ports[0].status).toBe("Initiated");
    for (const list of LISTS) expect((await call("rita", "GET", list)).body).toEqual({ value: [one.body] });
    expect((await call("ada", "DELETE", POLICY)).status).toBe(200);
    expect((await call("ada", "DELETE", POLICY)).status).toBe(204);
    const judged = await judgeAll(specification, exchanges);
    expect([...judged.deviations].sort()).toEqual([...READ_ONLY, ...BY_DURATION]);
  });
});
