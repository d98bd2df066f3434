import { ScopeId, VmRef } from "@sallyport/contracts";
import { createAzureModel } from "@sallyport/domain";
import type { AzureNet } from "@sallyport/domain";
import { SMALL } from "@sallyport/simulator";
import type { FaultInput } from "@sallyport/simulator";
import { smallWorld } from "@sallyport/simulator";
import { neededActions } from "./authorization/needed-actions.ts";
import type { Request } from "./simulated-azure.conformance.ts";
import { startIn } from "./simulated-azure.conformance.ts";

const vm = VmRef.parse(SMALL.vm);
const model = createAzureModel();
const LIST = "/listNetworkManagerEffectiveSecurityAdminRules";
const asked = (seen: readonly Request[]) => seen.filter(({ url }) => url.includes(LIST));

const world = (count = 1) =>
  smallWorld({
    adminRules: Array.from({ length: count }, (_, n) => [`rule-${n}`, "Deny", n + 1, `${22 + n}`, "*"] as const),
  });
const aStart = (count = 1) => startIn(world(count), { pageSize: 2 });
type Started = Awaited<ReturnType<typeof aStart>>;
const read = ({ network, during }: Started): Promise<AzureNet> => during(network.read({ vms: [vm], objects: [] }));
const failing = (status: number, times: number): FaultInput => ({
  match: { method: "POST", resource: LIST },
  times,
  effect: { kind: "status", status, code: status === 403 ? "AuthorizationFailed" : "ServerTimeout" },
});

describe("reading the security admin rules of a network (P31)", () => {
  it("takes them page by page, the token of the next one in the next body, and gives them to the model", async () => {
    const started = await aStart(5);
    const net = await read(started);
    expect(net.adminRules[0]?.rules.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4].map((n) => `rule-${n}`));
    expect(asked(started.seen).map(({ method, body }) => [method, body !== "{}"])).toEqual([
      ["POST", false],
      ["POST", true],
      ["POST", true],
    ]);
    expect(model.portBoundaries(net, vm)).toEqual(expect.arrayContaining([22, 23, 24, 25, 26, 27]));
  });

  it("asks once for each network and minute: for a survey of all its machines, and for the steps of a grant", async () => {
    const started = await aStart();
    const { network, during, clock, seen } = started;
    const [subscription = ""] = started.simulator.describe().subscriptionIds;
    const pages: AzureNet[] = [];
    await during(
      (async () => {
        for await (const net of network.survey(ScopeId.parse(subscription))) pages.push(net);
      })(),
    );
    expect(pages.map(({ adminRules }) => adminRules.length)).toEqual([1]);
    const reads = (count: number) =>
      during(Promise.all(Array.from({ length: count }, () => network.read({ vms: [vm], objects: [] }))));
    await reads(3);
    expect(asked(seen)).toHaveLength(1);
    await clock.pass(61_000);
    await reads(2);
    expect(asked(seen)).toHaveLength(2);
  });

  it("is unread where it is not permitted, with what Azure said, and everything else is read all the same", async () => {
    const started = await aStart();
    started.trouble(failing(403, 1));
    const net = await read(started);
    expect(net.adminRules).toMatchObject([
      { vnet: SMALL.vnet.toLowerCase(), rules: [], unread: expect.stringMatching(/403.*AuthorizationFailed/) },
    ]);
    const [{ unread = "", mayPass } = {}] = net.adminRules;
    expect(mayPass).toBeUndefined();
    const [, action = ""] = /; give Sallyport (\S+) on (\S+), which the role/.exec(unread) ?? [];
    expect(Object.keys(neededActions)).toContain(action);
    expect(unread).toContain(`on ${SMALL.vnet.toLowerCase()},`);
    expect(net.nsgs).toHaveLength(2);
    expect(asked(started.seen)).toHaveLength(1);
  });

  it("tries again where Azure does not answer for the moment, and holds up no closing for ever", async () => {
    const started = await aStart();
    started.trouble(failing(503, 2));
    expect((await read(started)).adminRules[0]?.unread).toBeUndefined();
    const away = await aStart();
    away.trouble(failing(503, 3));
    expect((await read(away)).adminRules[0]).toMatchObject({ unread: expect.stringContaining("503"), mayPass: true });
    expect(asked(away.seen)).toHaveLength(3);
  });

  it("goes on with what Azure said lately while it does not answer, and no longer than that", async () => {
    const started = await aStart();
    await read(started);
    started.trouble(failing(503, 1000));
    await started.clock.pass(10 * 60_000);
    expect((await read(started)).adminRules[0]?.rules).toHaveLength(1);
    await started.clock.pass(6 * 60_000);
    expect((await read(started)).adminRules[0]?.unread).toContain("503");
  });
});
