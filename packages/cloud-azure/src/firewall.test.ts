import { instantOf, isRetryable, port, SallyportError, ScopeId, VmRef } from "@sallyport/contracts";
import type { Cidr, GrantId, LockdownId, ObjectId } from "@sallyport/contracts";
import { checkPlan, createAzureModel } from "@sallyport/domain";
import { planAll } from "@sallyport/testkit";
import type { Allow, AzureNet, AzureRule, Change, LockDown, Want } from "@sallyport/domain";
import { SMALL } from "@sallyport/simulator";
import { seal, startIn } from "./simulated-azure.conformance.ts";
import { FIREWALL, FIREWALL_ADDRESS, walledWorld } from "./walled-world.conformance.ts";

const model = createAzureModel();
const vm = VmRef.parse(SMALL.vm);
const SCOPE = ScopeId.parse(SMALL.place.subscriptionId);
const firewall = FIREWALL.toLowerCase() as ObjectId;
const guest = "198.51.100.7/32" as Cidr;
const ssh = { port: port(22), protocol: "tcp" } as const;
const lockDown: LockDown = {
  kind: "lock-down",
  vm,
  id: "l0ckd0wn1" as LockdownId,
  ports: [ssh],
  options: { precedence: "seed", sharedGroups: "refuse" },
  inverse: [],
};
const allow = (grant = "grant0001"): Allow => ({
  kind: "allow",
  vm,
  grantId: grant as GrantId,
  ports: [{ ...ssh, sources: [guest] }],
  end: instantOf(Date.UTC(2027, 0, 31)),
});
const withdraw = (grant = "grant0001"): Want => ({
  kind: "withdraw",
  vm,
  grantId: grant as GrantId,
  objects: [firewall],
});

type Started = Awaited<ReturnType<typeof startIn>>;

const readNet = ({ network, during }: Started): Promise<AzureNet> => during(network.read({ vms: [vm], objects: [] }));

/** What a want changes on the firewall, planned from a fresh read, and checked. */
async function planned(started: Started, ...wants: readonly Want[]): Promise<readonly Change<AzureRule>[]> {
  const net = await readNet(started);
  for (const want of wants.slice(0, 1)) {
    const plan = model.plan(net, want, seal);
    if (!plan.ok) throw new Error(plan.refusals[0].detail);
    expect(checkPlan(model, net, want, plan.changes, seal)).toEqual({ ok: true });
  }
  return planAll(model, net, wants, seal).changes.filter(({ object }) => object === firewall);
}

const write = ({ network, during }: Started, changes: readonly Change<AzureRule>[]) =>
  during(network.write(firewall, changes));

const documentIn = ({ simulator }: Started) => {
  const found = simulator
    .documents()
    .azure.subscriptions.flatMap(({ resources }) => resources)
    .find(({ id }) => id.toLowerCase() === firewall);
  if (found === undefined) throw new Error("the firewall is gone");
  return found;
};
const putsIn = ({ seen }: Started) =>
  seen.filter(({ method, url }) => method === "PUT" && url.toLowerCase().includes("/azurefirewalls/"));

const faultOf = async (work: Promise<unknown>): Promise<SallyportError> => {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof SallyportError) return thrown;
  throw new Error(`expected a fault, got ${String(thrown)}`);
};

/** All but what a write of ours is about. */
const others = (document: ReturnType<typeof documentIn>): unknown => {
  const { etag: _changes, ...rest } = document;
  const { networkRuleCollections, natRuleCollections, ...properties } = rest.properties;
  const foreign = (list: unknown) =>
    (Array.isArray(list) ? list : []).filter((one: { readonly name: string }) => !one.name.startsWith("sallyport-"));
  return {
    ...rest,
    properties: { ...properties, nat: foreign(natRuleCollections), network: foreign(networkRuleCollections) },
  };
};
const withoutEtags = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, one: unknown) => (key === "etag" ? undefined : one));

describe("an Azure Firewall over the simulated Resource Manager", () => {
  it("is read with the paths of a VM, and surveyed", async () => {
    const started = await startIn(walledWorld());
    const net = await readNet(started);
    expect(net.firewalls.map(({ id, addresses }) => [id, addresses])).toEqual([[firewall, ["10.0.2.4"]]]);
    expect(model.objects(net, allow())).toHaveLength(3);
    const surveyed: AzureNet[] = [];
    await started.during(
      (async () => {
        for await (const page of started.network.survey(SCOPE)) surveyed.push(page);
      })(),
    );
    expect(surveyed.flatMap(({ firewalls }) => firewalls)).toHaveLength(1);
  });

  it("is found on whatever page it comes, by links that are followed as they are given (P57)", async () => {
    const started = await startIn(walledWorld(), { pageSize: 1 });
    const surveyed: AzureNet[] = [];
    await started.during(
      (async () => {
        for await (const page of started.network.survey(SCOPE)) surveyed.push(page);
      })(),
    );
    expect(surveyed.flatMap(({ nsgs }) => nsgs)).toHaveLength(2);
    expect(surveyed.flatMap(({ firewalls }) => firewalls)).toHaveLength(1);
    const links = started.seen.filter(({ url }) => /skiptoken/i.test(url));
    expect(links.length).toBeGreaterThan(0);
  });

  it("is written as one document that loses nothing it does not know, and comes back exactly (P14, P28)", async () => {
    const started = await startIn(walledWorld());
    const before = withoutEtags(others(documentIn(started)));
    expect(JSON.stringify(before)).toContain("ofTomorrow");
    expect(await write(started, await planned(started, lockDown, allow()))).toHaveLength(3);
    expect(putsIn(started)).toHaveLength(1);
    expect(withoutEtags(others(documentIn(started)))).toEqual(before);
    const open = await readNet(started);
    expect(model.ways(open, allow())[0]).toEqual({ address: FIREWALL_ADDRESS, port: 50_000, mappedTo: 22 });
    expect(model.marked(open, seal).map(({ verified }) => verified)).toEqual([true, true, true]);
    await write(started, await planned(started, withdraw()));
    await write(started, await planned(started, { ...lockDown, kind: "unlock", objects: [firewall] }));
    expect(withoutEtags(documentIn(started).properties["natRuleCollections"])).toEqual([]);
    expect(withoutEtags(others(documentIn(started)))).toEqual(before);
    expect((await readNet(started)).firewalls.flatMap(({ collections }) => collections)).toHaveLength(1);
  });

  it("never drops its IP configurations, and says nothing that Azure sets itself (P14)", async () => {
    const started = await startIn(walledWorld());
    await write(started, await planned(started, allow()));
    const body: unknown = JSON.parse(putsIn(started)[0]?.body ?? "");
    expect(body).toMatchObject({
      zones: ["1", "2"],
      tags: { owner: "network" },
      properties: { ipConfigurations: [{ name: "ip" }], unheardOf: { by: "our api-version" } },
    });
    expect(JSON.stringify(body)).not.toMatch(/"(etag|provisioningState|privateIPAddress)"/);
  });

  it("sends If-Match with its write and nowhere else, from the read just before (P6, P7)", async () => {
    const started = await startIn(walledWorld());
    const changes = await planned(started, allow());
    started.seen.length = 0;
    await write(started, changes);
    const carriers = started.seen.filter(({ headers }) => "if-match" in headers);
    expect(carriers.map(({ method }) => method)).toEqual(["PUT"]);
  });

  it("writes many wants as one PUT (P38)", async () => {
    const started = await startIn(walledWorld());
    const wants = Array.from({ length: 20 }, (_, n) => allow(`grant10${String(n).padStart(2, "0")}`));
    const outcomes = await write(started, await planned(started, ...wants));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["done"]));
    expect(putsIn(started)).toHaveLength(1);
  });

  it("is refused once a policy governs it, and closing finds nothing left to close (P13)", async () => {
    const started = await startIn(walledWorld());
    const changes = await planned(started, allow());
    const governed = walledWorld({
      networkRuleCollections: [],
      firewallPolicy: { id: FIREWALL.replace("azureFirewalls/fw-1", "firewallPolicies/p") },
    });
    const later = await startIn(governed);
    const [outcome] = await write(later, changes);
    expect(outcome).toMatchObject({ kind: "refused", refusal: { code: "network.unsupported" } });
    expect(
      await write(
        later,
        changes.map((change) => ({ ...change, verb: "delete" as const })),
      ),
    ).toEqual(changes.map(() => ({ kind: "already" })));
    expect(putsIn(later)).toEqual([]);
  });

  it("is written again until it succeeds: on Failed some instances run what was before (P37)", async () => {
    const started = await startIn(walledWorld());
    const changes = await planned(started, allow());
    started.trouble({
      match: { method: "PUT", resource: "azureFirewalls" },
      effect: { kind: "fail-operation", code: "InternalServerError", message: "no luck" },
    });
    expect(await write(started, changes)).toEqual(changes.map(() => ({ kind: "done" })));
    expect(putsIn(started)).toHaveLength(2);
    expect((await readNet(started)).firewalls[0]?.isSettled).toBe(true);
  });

  it("says what keeps failing, for the caller to try again: never that it is closed", async () => {
    const started = await startIn(walledWorld());
    const changes = await planned(started, allow());
    started.trouble({
      match: { method: "PUT", resource: "azureFirewalls" },
      times: 9,
      effect: { kind: "fail-operation", code: "InternalServerError", message: "no luck" },
    });
    const fault = await faultOf(write(started, changes));
    expect([fault.code, isRetryable(fault)]).toEqual(["azure.operation-failed", true]);
    expect(fault.message).toContain("InternalServerError: no luck");
  });

  it("waits while somebody else writes it, and goes on from what they left", async () => {
    const started = await startIn(walledWorld());
    const [mine, theirs] = [await planned(started, allow()), await planned(started, lockDown)];
    const both = await started.during(
      Promise.all([started.network.write(firewall, theirs), started.network.write(firewall, mine)]),
    );
    expect(both.flat().map(({ kind }) => kind)).toEqual(["done", "done"]);
    const [after] = (await readNet(started)).firewalls;
    expect(after?.collections.map(({ name }) => name.replace(/-[^-]*$/, ""))).toEqual([
      "sallyport-allow",
      "theirs",
      "sallyport-deny-22",
    ]);
  });

  it.each([
    { kind: "lose-reply" },
    { kind: "supersede" },
    { kind: "status", status: 429, code: "RetryableError", message: "The call can be retried in 11 seconds." },
    { kind: "status", status: 412, code: "PreconditionFailed" },
    { kind: "status", status: 503, code: "ServerTimeout" },
  ] as const)("comes through %j by reading afresh", async (effect) => {
    const started = await startIn(walledWorld());
    const changes = await planned(started, allow());
    started.trouble({ match: { method: "PUT", resource: "azureFirewalls" }, effect });
    expect(await write(started, changes)).toEqual(changes.map(() => ({ kind: "done" })));
    expect(model.marked(await readNet(started), seal)).toHaveLength(1);
  });

  it("leaves throttling to the caller, with the time that Azure names", async () => {
    const started = await startIn(walledWorld());
    const changes = await planned(started, allow());
    const effect = { kind: "status", status: 429, code: "TooManyRequests", retryAfter: 7 } as const;
    started.trouble({ match: { method: "PUT", resource: "azureFirewalls" }, effect });
    expect(await faultOf(write(started, changes))).toMatchObject({ code: "azure.throttled", retryAfterMs: 7000 });
  });

  it("writes nothing once the end has come", async () => {
    const started = await startIn(walledWorld());
    const changes = await planned(started, allow());
    const outcomes = await started.during(started.network.write(firewall, changes, started.clock.now()));
    expect(outcomes).toEqual(changes.map(() => ({ kind: "too-late" })));
    expect(putsIn(started)).toEqual([]);
  });

  it("does not take a number that somebody took meanwhile", async () => {
    const started = await startIn(walledWorld());
    const [first] = await planned(started, allow());
    const [second] = await planned(started, allow("grant0002"));
    if (first === undefined || second === undefined) throw new Error("no change");
    await write(started, [first]);
    expect((await faultOf(write(started, [second]))).code).toBe("azure.priority-conflict");
  });
});
