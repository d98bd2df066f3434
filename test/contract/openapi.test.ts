import { SMALL, smallWorld, WALLED, walledWorld } from "@sallyport/simulator";
import type { ShortRule } from "@sallyport/simulator";
import { askEverything } from "./openapi-calls.ts";
import { driveClient } from "./openapi-client.ts";
import { DEVIATIONS } from "./openapi-deviations.ts";
import { judgeAll } from "./openapi-judgement.ts";
import type { Judged } from "./openapi-judgement.ts";
import { readSpecification } from "./openapi-specification.ts";
import type { Specification, WireExchange } from "./openapi-specification.ts";
import { readRecordings } from "./recordings.ts";

const web: ShortRule = ["allow-web", "Allow", 350, ["80", "443"], "*"];

const RULE = {
  protocol: "Tcp",
  sourcePortRange: "*",
  destinationPortRange: "22",
  sourceAddressPrefix: "*",
  destinationAddressPrefix: "*",
  access: "Allow",
  priority: 100,
  direction: "Inbound",
};

const isMet = ({ deviations }: Judged, meets: RegExp): boolean => deviations.some((one) => meets.test(one));
const unexplained = ({ deviations }: Judged): readonly string[] =>
  deviations.filter((one) => !DEVIATIONS.some(({ meets }) => meets.test(one)));

/** What real Azure answered about whatever a deviation is about. */
const recordedAnswers = (): readonly WireExchange[] =>
  [...readRecordings().values()].flat().flatMap(({ method, url, status, headers, body }) => {
    const isAbout = /azureFirewalls|networkSecurityGroups|virtualNetworkPeerings|effective|operationResults/i.test(url);
    if (!isAbout || status >= 300) return [];
    const text = body === null ? "" : JSON.stringify(body);
    const typed = { ...headers, "content-type": "application/json; charset=utf-8" };
    return [{ method, url, requestHeaders: {}, requestBody: "", status, headers: typed, body: text }];
  });

describe("Azure's published OpenAPI", () => {
  let specification: Specification;
  let simulated: Judged;
  let real: Judged;

  beforeAll(async () => {
    specification = await readSpecification();
    simulated = await judgeAll(specification, await askEverything());
    real = await judgeAll(specification, recordedAnswers());
  });

  it("allows whatever the simulated Resource Manager answers, but for what real Azure answers against it, too", () => {
    expect(unexplained(simulated)).toEqual([]);
    expect(simulated.wrong).toEqual([]);
  });

  it("was held against reads, lists, writes, deletions, refusals and results of everything that is simulated", () => {
    const expected = [
      ...["AzureFirewalls", "NetworkSecurityGroups", "NetworkInterfaces", "VirtualMachines", "VirtualNetworks"].flatMap(
        (one) => [
          `${one}_CreateOrUpdate 201`,
          `${one}_Get 200`,
          `${one}_Get 404`,
          `${one}_ListAll 200`,
          `${one}_Delete 202`,
        ],
      ),
      ...[200, 201, 400, 404, 409, 412, 429, 503].map((status) => `SecurityRules_CreateOrUpdate ${status}`),
      "NetworkInterfaces_GetEffectiveRouteTable 200",
      "NetworkInterfaces_ListEffectiveNetworkSecurityGroups 200",
      "RoleAssignments_Create 201",
      "RoleAssignments_Create 409",
      "RoleDefinitions_List 200",
      "DenyAssignments_List 200",
    ];
    expect(expected.filter((one) => !simulated.operations.has(one))).toEqual([]);
    expect(simulated.operations.size).toBeGreaterThan(110);
  });

  it("is deviated from only as in a recording of real Azure, and in no way that the simulator does not", () => {
    expect(DEVIATIONS.filter(({ meets }) => !isMet(real, meets))).toEqual([]);
    expect(DEVIATIONS.filter(({ meets }) => !isMet(simulated, meets))).toEqual([]);
  });

  it("tells what is wrong on either side, and in what it does not describe", async () => {
    const written: WireExchange = {
      method: "PUT",
      url: `${SMALL.nicNsg}/securityRules/one?api-version=2025-05-01`,
      requestHeaders: { "content-type": "application/json" },
      requestBody: JSON.stringify({ properties: { ...RULE, direction: "inbound" } }),
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "one", properties: { ...RULE, colour: "red" } }),
    };
    const poll: WireExchange = {
      ...written,
      method: "GET",
      url: `/subscriptions/${SMALL.place.subscriptionId}/providers/Microsoft.Network/locations/westeurope/operations/1?api-version=2025-05-01`,
      requestBody: "",
      body: JSON.stringify({ status: "InProgress" }),
    };
    const judged = await judgeAll(specification, [written, poll]);
    expect(judged.deviations).toEqual([
      "SecurityRules_CreateOrUpdate request ENUM_CASE_MISMATCH properties/direction",
      "SecurityRules_CreateOrUpdate response OBJECT_ADDITIONAL_PROPERTIES properties/colour",
    ]);
    expect(judged.wrong).toEqual([expect.stringContaining("retry-after is absent")]);
  });

  it.each([
    [
      "NSGs on both levels, behind security admin rules",
      smallWorld({
        subnet: [web],
        nic: [web],
        adminRules: [
          ["hand-on", "Allow", 1, "22", "*"],
          ["no-telnet", "Deny", 2, "23", "Internet"],
          ["always-web", "AlwaysAllow", 3, "443", "10.0.0.0/8", "avnm-parent"],
        ],
      }),
      SMALL.vm,
      ["networksecuritygroups"],
    ],
    [
      "an Azure Firewall and an NSG",
      walledWorld({ rules: [web] }),
      WALLED.vm,
      ["networksecuritygroups", "azurefirewalls"],
    ],
  ] as const)(
    "allows every request of our own client, and every answer to it, about %s",
    async (_, world, vm, types) => {
      const { exchanges, written } = await driveClient(world, vm);
      const judged = await judgeAll(specification, exchanges);
      expect(judged.deviations.filter((one) => one.includes(" request "))).toEqual([]);
      expect(unexplained(judged)).toEqual([]);
      expect(judged.wrong).toEqual([]);
      const wants = ["lock-down", "allow", "withdraw", "unlock"];
      expect(new Set(written)).toEqual(new Set(wants.flatMap((want) => types.map((type) => `${want} ${type}`))));
    },
  );
});
