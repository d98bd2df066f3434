import { instantOf, isRetryable, port, SallyportError, ScopeId, VmRef } from "@sallyport/contracts";
import type { Address, Cidr, GrantId, ObjectId } from "@sallyport/contracts";
import { quietLog } from "@sallyport/backbone";
import { describeCloudNetwork } from "@sallyport/cloud/conformance";
import type { CloudUnderTest } from "@sallyport/cloud/conformance";
import { createAzureModel } from "@sallyport/domain";
import type { Allow, AzureNet, AzureRule, Change } from "@sallyport/domain";
import { createSimulator, SMALL, smallWorld } from "@sallyport/simulator";
import type { Simulator } from "@sallyport/simulator";
import { createVirtualClock } from "@sallyport/testkit";
import { createAzureNetwork } from "./azure-network.ts";
import type { Request } from "./simulated-azure.conformance.ts";
import { during, ENDPOINT, seal, start, transportTo } from "./simulated-azure.conformance.ts";

const model = createAzureModel();
const vm = VmRef.parse(SMALL.vm);
const nicNsg = SMALL.nicNsg.toLowerCase() as ObjectId;

const foreignIn = (simulator: Simulator): unknown =>
  simulator.documents().azure.subscriptions.flatMap(({ resources }) =>
    resources
      .filter(({ type }) => type.toLowerCase().endsWith("networksecuritygroups"))
      .map(({ id, properties }) => {
        const rules = properties["securityRules"];
        if (!Array.isArray(rules)) throw new Error(`${id} has no rules`);
        const all: readonly { readonly name: string; readonly properties: object }[] = rules;
        return {
          id,
          rules: all
            .filter(({ name }) => !name.startsWith("sallyport-"))
            .map(({ name, properties: rule }) => ({ name, ...rule })),
        };
      }),
  );

const web = ["allow-web", "Allow", 350, ["80", "443"], "*"] as const;
const anybody = ["allow-rdp", "Allow", 200, "3389", "10.0.0.0/16"] as const;

describeCloudNetwork(
  "Azure over the simulated Resource Manager",
  async (): Promise<CloudUnderTest<AzureNet, AzureRule>> => {
    const { clock, simulator, network, seen, trouble } = await start({ subnet: [web, anybody], nic: [web] });
    return {
      network,
      model,
      seal,
      vm,
      port: port(22),
      otherPort: port(443),
      insider: SMALL.neighbour as Address,
      guest: "198.51.100.7" as Address,
      stranger: "198.51.100.8" as Address,
      missing: {
        vm: VmRef.parse(SMALL.vm.replace("vm-1", "vm-gone")),
        object: nicNsg.replace("nsg-nic", "nsg-gone") as ObjectId,
      },
      during: during(clock),
      world: {
        reachable: async (target, door, source) => {
          const reach = simulator.control.reachable({ vm: target, port: door, source });
          if (!("verdict" in reach)) throw new Error(reach.misunderstood);
          return reach.verdict === "allowed";
        },
        foreign: async () => foreignIn(simulator),
        loseNextReply: () => {
          simulator.control.clearFaults();
          for (const method of ["PUT", "DELETE"]) trouble({ match: { method }, effect: { kind: "lose-reply" } });
        },
        throttleNextWrite: () =>
          trouble({
            match: { method: "PUT" },
            effect: { kind: "status", status: 429, code: "TooManyRequests", retryAfter: 7 },
          }),
        neighbourWrites: async () => {
          const body = {
            properties: {
              protocol: "Tcp",
              sourcePortRange: "*",
              destinationPortRange: "8080",
              sourceAddressPrefix: "*",
              destinationAddressPrefix: "*",
              access: "Allow",
              priority: 101,
              direction: "Inbound",
            },
          };
          const path = `${SMALL.nicNsg}/securityRules/neighbour`;
          await simulator.control.outsider({ edit: { cloud: "azure", method: "PUT", path, body } });
        },
        calls: () => seen.length,
      },
    };
  },
);

describe("the Azure network", () => {
  const guest = "198.51.100.7/32" as Cidr;
  const allow: Allow = {
    kind: "allow",
    vm,
    grantId: "azuretest01" as GrantId,
    ports: [{ port: port(22), protocol: "tcp", sources: [guest] }],
    end: instantOf(Date.UTC(2027, 0, 31)),
  };

  /** The changes that open on the interface's NSG, as planned from a fresh read. */
  async function opening(started: Awaited<ReturnType<typeof start>>): Promise<readonly Change<AzureRule>[]> {
    const net = await started.during(started.network.read({ vms: [vm], objects: [] }));
    const planned = model.plan(net, allow, seal);
    if (!planned.ok) throw new Error(planned.refusals[0].detail);
    return planned.changes.filter(({ object }) => object === nicNsg);
  }
  const faultOf = async (work: Promise<unknown>): Promise<SallyportError> => {
    const thrown: unknown = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (thrown instanceof SallyportError) return thrown;
    throw new Error(`expected a fault, got ${String(thrown)}`);
  };

  it("reads a VM with an NSG on both levels in six calls and one for its network, and says on which rounds they wait", async () => {
    const { network, seen, during: pass } = await start();
    await pass(network.read({ vms: [vm], objects: [] }));
    const resources = seen
      .filter(({ url }) => url.includes("/providers/"))
      .map(({ url }) => new URL(url).pathname.split("/").slice(-2).join("/"));
    expect(resources.map((text) => text.toLowerCase()).toSorted()).toEqual([
      "networkinterfaces/vm-1-nic",
      "networksecuritygroups/nsg-nic",
      "networksecuritygroups/nsg-subnet",
      "publicipaddresses/vm-1-ip",
      "virtualmachines/vm-1",
      "virtualnetworks/vnet-1",
      "vnet-1/listnetworkmanagereffectivesecurityadminrules",
    ]);
  });

  it("asks Resource Manager for what there is and for what it decides by, never Resource Graph, which is late (P41)", async () => {
    const started = await start();
    const { network, seen, during: pass } = started;
    await pass(
      (async () => {
        for await (const _net of network.survey(ScopeId.parse(SMALL.place.subscriptionId))) continue;
      })(),
    );
    const reads = seen.length;
    await pass(network.write(nicNsg, await opening(started)));
    const ofArm = /\/subscriptions\/[^?]*\/providers\/Microsoft\.(?:Network|Compute)\//i;
    const asked = seen.map(({ url }) => url).filter((url) => !/\/oauth2\/|openid-configuration/.test(url));
    expect(asked.filter((url) => !ofArm.test(url))).toEqual([]);
    // What a write starts from was read off the objects themselves, after the survey.
    const isNsg = (one: Request) => one.url.toLowerCase().includes(`${nicNsg}?`);
    const read = seen.findIndex((one, at) => at >= reads && one.method === "GET" && isNsg(one));
    const write = seen.findIndex(({ method }) => method === "PUT");
    expect(read).toBeGreaterThan(0);
    expect(write).toBeGreaterThan(read);
  });

  it("surveys a subscription in as many calls as there are pages of its lists, and one for each network", async () => {
    const { network, seen, during: pass } = await start();
    await pass(
      (async () => {
        for await (const _net of network.survey(SMALL.place.subscriptionId as never)) continue;
      })(),
    );
    expect(seen.filter(({ url }) => url.includes("/providers/")).length).toBe(8 + 1);
  });

  it("waits for a write to be in force before it says done", async () => {
    const started = await start();
    const changes = await opening(started);
    const outcomes = await started.during(started.network.write(nicNsg, changes));
    expect(outcomes).toEqual([{ kind: "done" }]);
    const { azure } = started.simulator.documents();
    expect(JSON.stringify(azure)).toContain("sallyport-allow-azuretest01");
    const net = await started.during(started.network.read({ vms: [vm], objects: [] }));
    expect(model.marked(net, seal).map(({ rule, verified }) => [rule, verified])).toEqual([
      ["sallyport-allow-azuretest01", true],
    ]);
  });

  it("never sends If-Match, and never asks a poll for more than it needs (P6)", async () => {
    const started = await start();
    const changes = await opening(started);
    started.seen.length = 0;
    await started.during(started.network.write(nicNsg, changes));
    expect(started.seen.map(({ method }) => method)).toEqual(["PUT", "GET"]);
    expect(started.seen.some(({ headers }) => "if-match" in headers)).toBe(false);
  });

  const status = (code: number, name: string, message = "") => ({
    kind: "status" as const,
    status: code,
    code: name,
    message,
  });
  it.each([
    ["azure.throttled", { ...status(429, "TooManyRequests"), retryAfter: 7 }, 7000],
    ["azure.throttled", status(429, "TooManyRequests"), undefined],
    ["azure.locked", status(429, "RetryableError", "The call can be retried in 11 seconds."), 11_000],
    ["azure.locked", status(409, "AnotherOperationInProgress"), undefined],
    ["azure.priority-conflict", status(400, "SecurityRuleConflict"), undefined],
    ["azure.conflict", status(412, "PreconditionFailed"), undefined],
    ["azure.unauthorized", status(403, "AuthorizationFailed"), undefined],
    ["azure.unavailable", status(503, "ServerTimeout"), undefined],
  ] as const)("throws %s when Azure answers so, for the caller to plan again", async (code, effect, retryAfterMs) => {
    const started = await start();
    const changes = await opening(started);
    started.trouble({ match: { method: "PUT" }, effect });
    const fault = await faultOf(started.during(started.network.write(nicNsg, changes)));
    expect([fault.code, isRetryable(fault), fault.retryAfterMs]).toEqual([code, true, retryAfterMs]);
  });

  it("says that a later write superseded ours, in Azure's own words, and that the state is to be read again (P4, P27)", async () => {
    const started = await start();
    const changes = await opening(started);
    started.trouble({ match: { method: "PUT" }, effect: { kind: "supersede" } });
    const fault = await faultOf(started.during(started.network.write(nicNsg, changes)));
    expect([fault.code, isRetryable(fault)]).toEqual(["azure.superseded", true]);
    expect(fault.message).toMatch(
      /CanceledAndSupersededDueToAnotherOperation: Operation .* was canceled and superseded/,
    );
  });

  it("keeps the reason of an operation that fails", async () => {
    const started = await start();
    const changes = await opening(started);
    started.trouble({
      match: { method: "PUT" },
      effect: { kind: "fail-operation", code: "InternalServerError", message: "no luck" },
    });
    const fault = await faultOf(started.during(started.network.write(nicNsg, changes)));
    expect(fault).toMatchObject({
      code: "azure.operation-failed",
      message: expect.stringContaining("InternalServerError: no luck"),
    });
  });

  it("gives back a refusal for good as an outcome, and tries nothing behind it", async () => {
    const started = await start();
    const [change] = await opening(started);
    if (change === undefined) throw new Error("expected a change");
    const bad = { ...change, rule: { ...change.rule, sources: ["10.0.0.1/24"] } };
    const outcomes = await started.during(started.network.write(nicNsg, [bad, change]));
    expect(outcomes.map(({ kind }) => kind)).toEqual(["refused", "skipped"]);
    expect(outcomes[0]).toMatchObject({ refusal: { code: "azure.refused", object: nicNsg } });
  });

  it("holds back the subscription's other writes as long as Azure asks, and nobody's after a lock (P5)", async () => {
    const started = await start();
    const changes = await opening(started);
    started.trouble({ match: { method: "PUT" }, effect: { ...status(429, "TooManyRequests"), retryAfter: 30 } });
    const startMs = started.clock.elapsed();
    await faultOf(started.during(started.network.write(nicNsg, changes)));
    await started.during(started.network.write(nicNsg, changes));
    expect(started.clock.elapsed() - startMs).toBeGreaterThanOrEqual(30_000);
    started.trouble({ match: { method: "PUT" }, effect: status(429, "RetryableError", "retried in 600 seconds") });
    const again = started.clock.elapsed();
    await faultOf(started.during(started.network.write(nicNsg, changes)));
    await started.during(started.network.write(nicNsg, changes));
    expect(started.clock.elapsed() - again).toBeLessThan(30_000);
  });

  it.each(["reset", "504"] as const)(
    "looks whether a write was applied when its answer is lost by a %s (P26)",
    async (as) => {
      const started = await start();
      const changes = await opening(started);
      started.trouble({ match: { method: "PUT" }, effect: { kind: "lose-reply", as } });
      started.seen.length = 0;
      expect(await started.during(started.network.write(nicNsg, changes))).toEqual([{ kind: "done" }]);
      expect(started.simulator.control.pendingFaults()).toEqual([]);
      expect(started.seen.filter(({ method }) => method === "PUT").length).toBe(1);
    },
  );

  it("survives polls that fail, since the write was accepted", async () => {
    const started = await start();
    const changes = await opening(started);
    started.trouble({
      match: { method: "GET", resource: "/operations/" },
      times: 3,
      effect: status(503, "ServerTimeout"),
    });
    expect(await started.during(started.network.write(nicNsg, changes))).toEqual([{ kind: "done" }]);
  });

  it("refuses to speak of a subscription that is not enrolled", async () => {
    const { network } = await start();
    const other = VmRef.parse(SMALL.vm.replace(SMALL.place.subscriptionId, "00000000-0000-4000-8000-00000000dead"));
    const fault = await faultOf(network.read({ vms: [other], objects: [] }));
    expect(fault.code).toBe("scope.not-enrolled");
  });

  it("says that signing in failed, without saying the secret", async () => {
    const clock = createVirtualClock();
    const simulator = await createSimulator({ world: smallWorld(), clock, auth: true });
    const { tenantId, clientId, subscriptionIds } = simulator.describe();
    const network = createAzureNetwork({
      clock,
      log: quietLog,
      subscriptionIds,
      settings: {
        endpoint: ENDPOINT,
        authorityHost: ENDPOINT,
        tenantId,
        clientId,
        clientSecret: "wrong-secret",
        disableInstanceDiscovery: true,
      },
      httpClient: transportTo(simulator.arm, []),
    });
    const fault = await faultOf(during(clock)(network.read({ vms: [vm], objects: [] })));
    expect([fault.code, isRetryable(fault)]).toEqual(["azure.unauthorized", true]);
    expect(fault.message).not.toContain("wrong-secret");
  });
});
