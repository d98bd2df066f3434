import { Instant } from "@sallyport/contracts";
import { callJson } from "../call.ts";
import { createSimulator } from "../simulator.ts";
import type { SimulatorOptions } from "../simulator.ts";
import { createStandingClock } from "../world/standing-clock.ts";
import type { ShortRule } from "../worlds/azure-parts.ts";
import { SMALL, smallWorld } from "../worlds/small-world.ts";
import { REAL_ARM_LIMITS } from "./limits.ts";
import { isLost } from "../wire.ts";

const V = "?api-version=2025-05-01";
const INTERNET = "198.51.100.7";

interface Rule {
  readonly name: string;
  readonly etag: string;
  readonly properties: Readonly<Record<string, unknown>>;
}
interface NsgBody {
  readonly etag: string;
  readonly properties: {
    readonly provisioningState: string;
    readonly securityRules: readonly Rule[];
    readonly defaultSecurityRules: readonly Rule[];
  };
}

const properties = (priority: number, more: object = {}) => ({
  properties: {
    protocol: "Tcp",
    sourcePortRange: "*",
    destinationPortRange: "22",
    sourceAddressPrefix: INTERNET,
    destinationAddressPrefix: SMALL.privateIp,
    access: "Allow",
    priority,
    direction: "Inbound",
    ...more,
  },
});

async function cloud(
  more: Partial<SimulatorOptions> & { readonly nic?: readonly ShortRule[]; readonly flush?: boolean } = {},
) {
  const { nic = [], flush = false, ...options } = more;
  const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
  const simulator = await createSimulator({
    world: smallWorld({ subnet: "none", nic, flush }),
    clock,
    auth: false,
    timing: { ruleMs: 10_000, nsgMs: 4000, nicMs: 30_000 },
    passTime: clock.pass,
    ...options,
  });
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    callJson(simulator.arm, method, path.includes("?") ? path : path + V, {
      ...(body !== undefined && { body }),
      headers,
    });
  const ruleAt = (name: string) => `${SMALL.nicNsg}/securityRules/${name}`;
  return {
    simulator,
    clock,
    call,
    putRule: (name: string, priority: number, change: object = {}, headers: Record<string, string> = {}) =>
      call("PUT", ruleAt(name), properties(priority, change), headers),
    deleteRule: (name: string, headers: Record<string, string> = {}) =>
      call("DELETE", ruleAt(name), undefined, headers),
    getRule: async (name: string) => (await call("GET", ruleAt(name))).json as Rule,
    getNsg: async () => (await call("GET", SMALL.nicNsg)).json as NsgBody,
    poll: async (answer: { readonly headers: Readonly<Record<string, string>> }) => {
      const url = new URL(answer.headers["azure-asyncoperation"] ?? "");
      return call("GET", url.pathname + url.search);
    },
    verdict: (port = 22, source = INTERNET) => {
      const reach = simulator.control.reachable({ vm: "vm-1", port, source });
      return "verdict" in reach ? reach.verdict : reach.misunderstood;
    },
  };
}

const codeOf = ({ json }: { readonly json: unknown }) => (json as { error: { code: string } }).error.code;
const errorOf = ({ json }: { readonly json: unknown }) => (json as { error: object }).error;

describe("writing a rule", () => {
  it("answers 201 with Updating and the operation, then shows it as Succeeded under another etag", async () => {
    const { putRule, getRule, poll, clock } = await cloud();
    const created = await putRule("r", 200);
    const shown = created.json as Rule;
    expect(created.status).toBe(201);
    expect(shown.properties).toMatchObject({
      provisioningState: "Updating",
      sourceAddressPrefixes: [],
      destinationPortRanges: [],
    });
    expect(Object.keys(created.headers)).toEqual(
      expect.arrayContaining(["azure-asyncoperation", "retry-after", "x-ms-request-id"]),
    );
    expect(created.headers).not.toHaveProperty("location");
    expect((await poll(created)).json).toEqual({ status: "InProgress" });
    await clock.pass(10_000);
    expect((await poll(created)).json).toEqual({ status: "Succeeded" });
    const later = await getRule("r");
    expect(later.properties["provisioningState"]).toBe("Succeeded");
    expect(later.etag).not.toBe(shown.etag);
    expect((await putRule("r", 200)).status).toBe(200);
  });

  it("takes effect on packets whole, at the instant at which its operation completes", async () => {
    const { putRule, verdict, clock, simulator } = await cloud();
    const question = { vm: "vm-1", port: 22, source: INTERNET };
    simulator.control.exposeIntervals(question);
    await putRule("r", 200);
    await clock.pass(9999);
    expect(verdict()).toBe("denied");
    await clock.pass(20_000);
    expect(verdict()).toBe("allowed");
    expect(simulator.control.exposeIntervals(question)).toEqual([{ from: "2026-01-31T10:00:10.000Z", openedBy: 1 }]);
  });

  it("gives the NSG and all its rules one etag, which any write changes", async () => {
    const { putRule, getNsg, clock } = await cloud({ nic: [["a", "Allow", 300, "80", "*"]] });
    const before = await getNsg();
    await putRule("r", 200);
    await clock.pass(10_000);
    const after = await getNsg();
    const etags = [
      after.etag,
      ...[...after.properties.securityRules, ...after.properties.defaultSecurityRules].map(({ etag }) => etag),
    ];
    expect(new Set(etags).size).toBe(1);
    expect(after.etag).not.toBe(before.etag);
  });

  it("deletes with 202 and both links, and answers 204 where there is nothing", async () => {
    const { deleteRule, poll, getNsg, verdict, clock } = await cloud({ nic: [["a", "Allow", 300, "22", "*"]] });
    const deleted = await deleteRule("A");
    expect([deleted.status, deleted.json]).toEqual([202, undefined]);
    expect(deleted.headers["location"]).toContain("/operationResults/");
    expect((await getNsg()).properties.securityRules.map(({ properties: p }) => p["provisioningState"])).toEqual([
      "Deleting",
    ]);
    expect(verdict()).toBe("allowed");
    await clock.pass(10_000);
    expect((await poll(deleted)).json).toEqual({ status: "Succeeded" });
    expect([(await getNsg()).properties.securityRules, verdict()]).toEqual([[], "denied"]);
    expect((await deleteRule("a")).status).toBe(204);
  });

  it.each([
    ["a taken priority", { priority: 300 }, "SecurityRuleConflict"],
    ["a priority below 100", { priority: 99 }, "SecurityRuleInvalidPriority"],
    ["a priority above 4096", { priority: 4097 }, "SecurityRuleInvalidPriority"],
    ["a description of 141 characters", { description: "x".repeat(141) }, "SecurityRuleDescriptionTooLong"],
    ["host bits", { sourceAddressPrefix: "50.206.209.68/27" }, "SecurityRuleInvalidAddressPrefix"],
    [
      "two families",
      { sourceAddressPrefix: "2001:db8::/32" },
      "ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies",
    ],
    [
      "a tag in a list",
      { sourceAddressPrefix: "", sourceAddressPrefixes: ["Internet"] },
      "SecurityRuleParameterContainsUnsupportedValue",
    ],
    [
      "everything in a list",
      { sourceAddressPrefix: "", sourceAddressPrefixes: ["*"] },
      "SecurityRuleParameterContainsUnsupportedValue",
    ],
    ["a port beyond the last", { destinationPortRange: "65536" }, "SecurityRuleInvalidPortRange"],
    ["no source at all", { sourceAddressPrefix: "" }, "SecurityRuleInvalidAddressPrefix"],
  ])("refuses %s, and changes nothing", async (_what, change, code) => {
    const { putRule, getNsg } = await cloud({ nic: [["a", "Allow", 300, "80", "*"]] });
    const before = await getNsg();
    const refused = await putRule("r", 200, change);
    expect([refused.status, codeOf(refused)]).toEqual([400, code]);
    expect(await getNsg()).toEqual(before);
  });

  it("refuses a priority of the same direction only, and says which rule has it", async () => {
    const { putRule, clock } = await cloud({ nic: [["a", "Allow", 300, "80", "*"]] });
    expect(errorOf(await putRule("r", 300))).toMatchObject({
      message: expect.stringContaining(
        "Security rule r conflicts with rule a. Rules cannot have the same Priority and Direction.",
      ),
    });
    expect((await putRule("r", 300, { direction: "Outbound" })).status).toBe(201);
    await clock.pass(10_000);
    expect((await putRule("A", 300)).status).toBe(200);
  });

  it.each(["DenyAllInBound", "-starts-badly", "ends-badly-", "x".repeat(81)])("refuses the name %s", async (name) => {
    expect((await (await cloud()).putRule(name, 200)).status).toBe(400);
  });

  it("accepts what real ARM was recorded to accept: numbers for addresses, words in any case", async () => {
    const { putRule } = await cloud();
    const accepted = await putRule("r", 200, {
      sourceAddressPrefix: "789",
      destinationAddressPrefix: "1234",
      access: "allow",
      direction: "inbound",
    });
    expect((accepted.json as Rule).properties).toMatchObject({
      access: "Allow",
      direction: "Inbound",
      sourceAddressPrefix: "789",
    });
  });

  it("takes at most 1,000 rules", async () => {
    const rules = Array.from({ length: 1000 }, (_, i): ShortRule => [`r${i}`, "Allow", 100 + i, "80", "*"]);
    const { putRule } = await cloud({ nic: rules });
    expect((await putRule("one-more", 4000)).status).toBe(400);
    expect((await putRule("r7", 4000)).status).toBe(200);
  });
});

describe("several writers of one NSG", () => {
  it("are told to come back while another operation is under way", async () => {
    const { putRule, clock } = await cloud();
    await putRule("first", 200);
    const refused = await putRule("second", 201);
    expect([refused.status, codeOf(refused), refused.headers["retry-after"]]).toEqual([429, "RetryableError", "1"]);
    expect(errorOf(refused)).toMatchObject({
      details: [
        {
          code: "RetryableErrorDueToAnotherOperation",
          message: expect.stringContaining("Operation PutSecurityRuleOperation ("),
        },
      ],
    });
    await clock.pass(10_000);
    expect((await putRule("second", 201)).status).toBe(201);
  });

  it("lose with 412 when their If-Match is of before another's write; the etag of a PUT's answer never matches", async () => {
    const { putRule, getNsg, clock } = await cloud();
    const { etag } = await getNsg();
    const put = await putRule("first", 200, {}, { "if-match": etag });
    expect(put.status).toBe(201);
    await clock.pass(10_000);
    for (const old of [etag, (put.json as Rule).etag])
      expect((await putRule("second", 201, {}, { "if-match": old })).status).toBe(412);
    expect((await putRule("second", 201, {}, { "if-match": (await getNsg()).etag })).status).toBe(201);
  });

  it("get 412 to any GET that carries If-Match", async () => {
    const { call, getNsg } = await cloud();
    expect((await call("GET", SMALL.nicNsg, undefined, { "if-match": (await getNsg()).etag })).status).toBe(412);
  });

  it("may be met by a neighbour between their read and their write", async () => {
    const { simulator, putRule, getNsg } = await cloud();
    const { etag } = await getNsg();
    const edit = {
      cloud: "azure",
      method: "PUT",
      path: `${SMALL.nicNsg}/securityRules/theirs`,
      body: properties(200),
    } as const;
    expect(await simulator.control.outsider({ edit, duringNextWriteTo: "nsg-nic" })).toBe("planned");
    expect((await putRule("ours", 201, {}, { "if-match": etag })).status).toBe(412);
    expect(codeOf(await putRule("ours", 200))).toBe("SecurityRuleConflict");
    expect((await getNsg()).properties.securityRules.map(({ name }) => name)).toEqual(["theirs"]);
  });

  it("have their accepted write cancelled by a neighbour who does not wait", async () => {
    const { simulator, putRule, poll, getNsg, verdict } = await cloud();
    const put = await putRule("ours", 200);
    const edit = {
      cloud: "azure",
      method: "PUT",
      path: `${SMALL.nicNsg}/securityRules/theirs`,
      body: properties(300, { destinationPortRange: "80" }),
    } as const;
    await simulator.control.outsider({ edit });
    const polled = await poll(put);
    expect([polled.status, (polled.json as { status: string }).status]).toEqual([200, "Canceled"]);
    expect(errorOf(polled)).toMatchObject({
      code: "Canceled",
      details: [{ code: "CanceledAndSupersededDueToAnotherOperation" }],
    });
    expect(polled.headers).toHaveProperty("canceled-by-azure-asyncoperation");
    expect((await getNsg()).properties.securityRules.map(({ name }) => name)).toEqual(["theirs"]);
    expect([verdict(22), verdict(80)]).toEqual(["denied", "allowed"]);
  });
});

describe("a script of faults", () => {
  const rules = { match: { cloud: "azure", method: "PUT", resource: "/securityRules/" } } as const;

  it("supersedes an accepted write: what was there is there again, under another etag", async () => {
    const { simulator, putRule, poll, getNsg, verdict, clock } = await cloud();
    const before = await getNsg();
    simulator.control.setFaults([
      { match: { operation: "PutSecurityRuleOperation" }, times: 1, effect: { kind: "supersede" } },
    ]);
    const put = await putRule("r", 200);
    await clock.pass(10_000);
    expect((await poll(put)).json).toMatchObject({ status: "Canceled" });
    const after = await getNsg();
    expect([after.properties.securityRules, after.properties.provisioningState, verdict()]).toEqual([
      [],
      "Succeeded",
      "denied",
    ]);
    expect(after.etag).not.toBe(before.etag);
    expect((await putRule("r", 200)).status).toBe(201);
  });

  it("lets an operation fail: HTTP 200, Failed, and the rule shown but without effect", async () => {
    const { simulator, putRule, poll, getRule, verdict, clock } = await cloud();
    simulator.control.setFaults([
      { ...rules, times: 1, effect: { kind: "fail-operation", code: "InternalServerError" } },
    ]);
    const put = await putRule("r", 200);
    await clock.pass(10_000);
    const polled = await poll(put);
    expect([polled.status, polled.json]).toEqual([
      200,
      { status: "Failed", error: { code: "InternalServerError", message: "An error occurred.", details: [] } },
    ]);
    expect([(await getRule("r")).properties["provisioningState"], verdict()]).toEqual(["Failed", "denied"]);
    await putRule("r", 200);
    await clock.pass(10_000);
    expect([(await getRule("r")).properties["provisioningState"], verdict()]).toEqual(["Succeeded", "allowed"]);
  });

  it("takes its time with an operation, and then does it", async () => {
    const { simulator, putRule, poll, verdict, clock } = await cloud();
    simulator.control.setFaults([{ ...rules, times: 1, effect: { kind: "slow-operation", ms: 60_000 } }]);
    const put = await putRule("r", 200);
    await clock.pass(59_000);
    expect([(await poll(put)).json, verdict()]).toMatchObject([{ status: "InProgress" }, "denied"]);
    await clock.pass(11_000);
    expect([(await poll(put)).json, verdict()]).toMatchObject([{ status: "Succeeded" }, "allowed"]);
  });

  it("loses the reply of a write that was carried out", async () => {
    const { simulator, getRule, clock } = await cloud();
    simulator.control.setFaults([{ ...rules, times: 1, effect: { kind: "lose-reply", as: "reset" } }]);
    const lost = await simulator.arm({
      method: "PUT",
      url: `${SMALL.nicNsg}/securityRules/r${V}`,
      headers: {},
      body: JSON.stringify(properties(200)),
    });
    expect(isLost(lost)).toBe(true);
    await clock.pass(10_000);
    expect((await getRule("r")).properties["provisioningState"]).toBe("Succeeded");
  });

  it("refuses as told, as often as told, with and without Retry-After", async () => {
    const { simulator, putRule } = await cloud();
    simulator.control.setFaults([
      { ...rules, times: 2, effect: { kind: "status", status: 429, retryAfter: 7 } },
      {
        ...rules,
        times: 1,
        effect: { kind: "status", status: 429, code: "RetryableErrorDueToAnotherOperation", message: "busy" },
      },
    ]);
    const answers = [
      await putRule("r", 200),
      await putRule("r", 200),
      await putRule("r", 200),
      await putRule("r", 200),
    ];
    expect(answers.map(({ status, headers }) => [status, headers["retry-after"]])).toEqual([
      [429, "7"],
      [429, "7"],
      [429, undefined],
      [201, "10"],
    ]);
    expect(answers.slice(1, 3).map(codeOf)).toEqual(["TooManyRequests", "RetryableError"]);
    expect(simulator.control.pendingFaults()).toEqual([]);
  });

  it("answers reads with the state before the last write, as often or as long as told", async () => {
    const { simulator, putRule, getNsg, clock } = await cloud();
    await putRule("r", 200);
    await clock.pass(10_000);
    const match = { method: "GET", resource: "nsg-nic" };
    const names = async () => (await getNsg()).properties.securityRules.map(({ name }) => name);
    simulator.control.setFaults([{ match, times: 1, effect: { kind: "stale-read" } }]);
    expect([await names(), await names()]).toEqual([[], ["r"]]);
    simulator.control.setFaults([{ match, times: 9, effect: { kind: "stale-read", forMs: 60_000 } }]);
    expect(await names()).toEqual([]);
    await clock.pass(60_000);
    expect(await names()).toEqual(["r"]);
  });

  it("delays on the world's own clock", async () => {
    const { simulator, getNsg, clock } = await cloud();
    simulator.control.setFaults([{ match: { method: "GET" }, times: 1, effect: { kind: "delay", ms: 5000 } }]);
    let isAnswered = false;
    const answer = getNsg().then((nsg) => {
      isAnswered = true;
      return nsg;
    });
    await clock.pass(4999);
    expect(isAnswered).toBe(false);
    await clock.pass(1);
    expect((await answer).properties.provisioningState).toBe("Succeeded");
  });
});

describe("established connections", () => {
  const question = { vm: "vm-1", port: 22, source: INTERNET };
  const open: ShortRule = ["open", "Allow", 200, "22", "*"];

  it("go on when an NSG closes behind them, and new ones are refused", async () => {
    const { simulator, deleteRule, clock } = await cloud({ nic: [open] });
    const opened = simulator.control.openFlow(question);
    if (!("flow" in opened)) throw new Error("not open");
    await deleteRule("open");
    await clock.pass(10_000);
    expect(simulator.control.flow(opened.flow.id)).toMatchObject({ state: "established" });
    expect(simulator.control.openFlow(question)).toMatchObject({ refused: { verdict: "denied" } });
  });

  it("are cut by the write that closes, where the NSG flushes", async () => {
    const { simulator, deleteRule, clock } = await cloud({ nic: [open], flush: true });
    const opened = simulator.control.openFlow(question);
    if (!("flow" in opened)) throw new Error("not open");
    await deleteRule("open");
    await clock.pass(9000);
    expect(simulator.control.flow(opened.flow.id)).toMatchObject({ state: "established" });
    await clock.pass(1000);
    expect(simulator.control.flow(opened.flow.id)).toMatchObject({
      state: "cut",
      cut: { at: "2026-01-31T10:00:10.000Z", by: { verb: "DELETE", object: `${SMALL.nicNsg}/securityRules/open` } },
    });
  });

  it("are cut when the VM stops", async () => {
    const { simulator, call, clock } = await cloud({ nic: [open] });
    const opened = simulator.control.openFlow(question);
    if (!("flow" in opened)) throw new Error("not open");
    expect((await call("POST", `${SMALL.vm}/deallocate`)).status).toBe(202);
    await clock.pass(1000);
    expect(simulator.control.flow(opened.flow.id)).toMatchObject({
      state: "cut",
      cut: { why: "not running (deallocated)" },
    });
  });
});

describe("other resources", () => {
  it("replaces the rules of an NSG wholesale, and shows no members for what is not attached", async () => {
    const { call, clock, getNsg } = await cloud({ nic: [["a", "Allow", 300, "80", "*"]] });
    const put = await call("PUT", SMALL.nicNsg, {
      location: "westeurope",
      properties: { securityRules: [{ name: "b", ...properties(400) }] },
    });
    expect([put.status, put.headers["azure-asyncnotification"]]).toEqual([200, "Enabled"]);
    await clock.pass(4000);
    expect((await getNsg()).properties.securityRules.map(({ name }) => name)).toEqual(["b"]);
    expect((await getNsg()).properties).toMatchObject({ networkInterfaces: [{ id: SMALL.nic }] });
    expect((await getNsg()).properties).not.toHaveProperty("subnets");
  });

  it("moves an interface to another NSG, and only then lets the old one go", async () => {
    const { call, clock, verdict } = await cloud();
    const inUse = await call("DELETE", SMALL.nicNsg);
    expect([inUse.status, codeOf(inUse)]).toEqual([400, "InUseNetworkSecurityGroupCannotBeDeleted"]);
    const other = SMALL.nicNsg.replace("nsg-nic", "nsg-other");
    await call("PUT", other, {
      location: "westeurope",
      properties: { securityRules: [{ name: "b", ...properties(400) }] },
    });
    const nic = (await call("GET", SMALL.nic)).json as { properties: object };
    const moved = { ...nic, properties: { ...nic.properties, networkSecurityGroup: { id: other } } };
    expect(codeOf(await call("PUT", SMALL.nic, moved))).toBe("ReferencedResourceNotProvisioned");
    await clock.pass(4000);
    expect((await call("PUT", SMALL.nic, moved)).status).toBe(200);
    expect(verdict()).toBe("denied");
    await clock.pass(30_000);
    expect(verdict()).toBe("allowed");
    expect((await call("DELETE", SMALL.nicNsg)).status).toBe(202);
    await clock.pass(4000);
    expect(codeOf(await call("GET", SMALL.nicNsg))).toBe("ResourceNotFound");
  });

  it("shows the instance view of a VM only when asked for it", async () => {
    const { call } = await cloud();
    const plain = (await call("GET", SMALL.vm)).json as { properties: object };
    const full = (await call("GET", `${SMALL.vm}${V}&$expand=instanceView`)).json as { properties: object };
    expect(plain.properties).not.toHaveProperty("instanceView");
    expect(full.properties).toMatchObject({ instanceView: { statuses: [{ code: "PowerState/running" }] } });
  });

  it("finds ids in any case and keeps the spelling it knows", async () => {
    const { call } = await cloud();
    expect(
      ((await call("GET", SMALL.nicNsg.toUpperCase().replace("/PROVIDERS/", "/providers/"))).json as { id: string }).id,
    ).toBe(SMALL.nicNsg);
  });

  it.each([
    ["no api-version", `${SMALL.nicNsg}?x=1`, 400, "MissingApiVersionParameter"],
    ["another subscription", SMALL.nicNsg.replace("0001", "0009"), 404, "SubscriptionNotFound"],
    ["another group", SMALL.nicNsg.replace("rg-small", "rg-none"), 404, "ResourceGroupNotFound"],
    ["another name", `${SMALL.nicNsg}x`, 404, "ResourceNotFound"],
    ["no such rule", `${SMALL.nicNsg}/securityRules/none`, 404, "NotFound"],
    ["an unknown type", SMALL.nicNsg.replace("networkSecurityGroups", "quantumGroups"), 404, "ResourceNotFound"],
  ])("refuses a read with %s in ARM's shape", async (_what, path, status, code) => {
    const answer = await (await cloud()).call("GET", path);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  it("hands out lists in pages, by links that are followed verbatim", async () => {
    const { call } = await cloud({ pageSize: 1 });
    const list = `/subscriptions/${SMALL.place.subscriptionId}/resourceGroups/rg-small/resources`;
    expect(((await call("GET", list)).json as { value: unknown[] }).value.length).toBe(5);
    const names: string[] = [];
    let next: string | undefined = `${SMALL.nicNsg.replace("/nsg-nic", "")}${V}`;
    await call("PUT", SMALL.nicNsg.replace("nsg-nic", "nsg-z"), { location: "westeurope" });
    while (next !== undefined) {
      const page: { value: { name: string }[]; nextLink?: string } = (await call("GET", next)).json as typeof page;
      names.push(...page.value.map(({ name }) => name));
      const link: string | undefined = page.nextLink;
      next = link === undefined ? undefined : new URL(link).pathname + new URL(link).search;
    }
    expect(names).toEqual(["nsg-nic", "nsg-z"]);
  });

  it("throttles by ARM's real budgets where asked to, and recovers with time", async () => {
    const { call, clock } = await cloud({ limits: REAL_ARM_LIMITS });
    const answers = await Promise.all(Array.from({ length: 251 }, () => call("GET", SMALL.nicNsg)));
    expect(answers.map(({ status }) => status).filter((status) => status === 429).length).toBe(1);
    expect(answers.at(-1)?.headers["retry-after"]).toBe("1");
    await clock.pass(1000);
    expect((await call("GET", SMALL.nicNsg)).status).toBe(200);
  });
});
