import { Instant } from "@sallyport/contracts";
import { callJson } from "../call.ts";
import { createSimulator } from "../simulator.ts";
import { createStandingClock } from "../world/standing-clock.ts";
import { SMALL, smallWorld } from "../worlds/small-world.ts";
import { demoWorld } from "../worlds/worlds.ts";
import { createControlWire, isControl } from "./control-wire.ts";

const INTERNET = "198.51.100.7";
const BODY = {
  properties: {
    protocol: "Tcp",
    sourcePortRange: "*",
    destinationPortRange: "22",
    sourceAddressPrefix: "*",
    destinationAddressPrefix: "*",
    access: "Allow",
    priority: 200,
    direction: "Inbound",
  },
};

async function control({ virtual = true, world = smallWorld({ subnet: "none" }) } = {}) {
  const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
  const simulator = await createSimulator({
    world,
    clock,
    auth: false,
    timing: { ruleMs: 1000 },
    ...(virtual && { passTime: clock.pass }),
  });
  const wire = createControlWire(simulator.control);
  return (method: string, path: string, body?: unknown) =>
    callJson(wire, method, `/_control/${path}`, body === undefined ? {} : { body });
}

const neighbour = { edit: { cloud: "azure", method: "PUT", path: `${SMALL.nicNsg}/securityRules/theirs`, body: BODY } };
const asking = `vm=vm-1&port=22&source=${INTERNET}`;

describe("the control over HTTP", () => {
  it("says whether a port is reachable, of a VM in any of its spellings", async () => {
    const call = await control();
    for (const vm of ["vm-1", "VM-1", SMALL.vm, SMALL.vm.toLowerCase()]) {
      const { status, json } = await call(
        "GET",
        `reachable?vm=${encodeURIComponent(vm)}&port=22&source=${INTERNET}&protocol=TCP`,
      );
      expect([status, json]).toEqual([200, { verdict: "denied", hops: expect.any(Array) }]);
    }
  });

  it("finds instances of the other cloud by name", async () => {
    const call = await control({ world: demoWorld() });
    const { status, json } = await call("GET", "reachable?vm=ec2-bastion&port=22&source=8.8.8.8");
    expect([status, json]).toEqual([200, expect.objectContaining({ verdict: "allowed" })]);
  });

  it("lets a neighbour edit now, and tells what the cloud answered", async () => {
    const call = await control();
    expect((await call("POST", "outsider", neighbour)).json).toMatchObject({ status: 201 });
    expect((await call("GET", `reachable?${asking}`)).json).toMatchObject({ verdict: "allowed" });
  });

  it("opens connections, and refuses to where nothing is reachable", async () => {
    const call = await control();
    expect((await call("POST", "flows", { vm: "vm-1", port: 22, source: INTERNET })).status).toBe(409);
    await call("POST", "outsider", neighbour);
    const opened = await call("POST", "flows", { vm: "vm-1", port: 22, source: INTERNET });
    expect([opened.status, opened.json]).toEqual([
      201,
      expect.objectContaining({ id: "flow-1", state: "established" }),
    ]);
    expect((await call("GET", "flows/flow-1")).json).toMatchObject({ state: "established" });
    expect((await call("GET", "flows/flow-2")).status).toBe(404);
  });

  it("remembers every write with its caller, and for each question asked when it was open", async () => {
    const call = await control();
    await call("GET", `reachable?${asking}`);
    await call("POST", "clock", { ms: 5000 });
    await call("POST", "outsider", neighbour);
    await call("POST", "clock", { ms: 5000 });
    await call("POST", "outsider", { edit: { ...neighbour.edit, method: "DELETE", body: undefined } });
    const { json } = await call("GET", "history");
    expect(json).toMatchObject({
      writes: [
        { seq: 1, verb: "PUT", caller: { id: "outsider" }, result: { status: 201 }, at: "2026-01-31T10:00:05.000Z" },
        { seq: 2, verb: "DELETE", object: `${SMALL.nicNsg}/securityRules/theirs` },
      ],
      exposure: [
        {
          packet: { vm: SMALL.vm.toLowerCase(), port: 22, protocol: "tcp", source: INTERNET },
          intervals: [{ from: "2026-01-31T10:00:05.000Z", to: "2026-01-31T10:00:10.000Z", openedBy: 1, closedBy: 2 }],
        },
      ],
    });
    expect((await call("GET", `history?${asking}`)).json).toMatchObject({ intervals: [{ openedBy: 1, closedBy: 2 }] });
  });

  it("takes a script of faults, shows what is left of it, and forgets it", async () => {
    const call = await control();
    const fault = { match: { cloud: "azure", method: "PUT" }, times: 2, effect: { kind: "status", status: 503 } };
    expect((await call("POST", "faults", [fault])).json).toEqual({ faults: [fault] });
    expect((await call("POST", "faults", fault)).json).toEqual({ faults: [fault, fault] });
    expect((await call("DELETE", "faults")).status).toBe(204);
    expect((await call("GET", "faults")).json).toEqual({ faults: [] });
  });

  it("passes time only in virtual-time mode", async () => {
    expect((await (await control())("POST", "clock", { ms: 1 })).status).toBe(200);
    expect((await (await control({ virtual: false }))("POST", "clock", { ms: 1 })).status).toBe(409);
  });

  it.each([
    ["GET", "reachable?port=22&source=1.2.3.4", undefined, "vm"],
    ["GET", "reachable?vm=vm-1&port=0&source=1.2.3.4", undefined, "port"],
    ["GET", "reachable?vm=vm-1&port=22&source=1.2.3.0/24", undefined, "source"],
    ["GET", "reachable?vm=vm-1&port=22&source=010.0.0.1", undefined, "source"],
    ["GET", "reachable?vm=vm-9&port=22&source=1.2.3.4", undefined, "vm-9"],
    ["GET", "reachable?vm=vm-1&port=22&source=1.2.3.4&protocol=icmp", undefined, "protocol"],
    ["POST", "flows", "not an object", "object"],
    ["POST", "faults", [{ match: {}, effect: { kind: "earthquake" } }], "kind"],
    ["POST", "faults", [{ match: { resource: "/(/" }, effect: { kind: "supersede" } }], "regular expression"],
    ["POST", "outsider", { edit: { cloud: "azure", method: "PATCH", path: "/x" } }, "method"],
    ["POST", "outsider", { ...neighbour, duringNextWriteTo: "/(/" }, "regular expression"],
    ["POST", "clock", { ms: -1 }, "ms"],
  ])("refuses %s %s with the reason", async (method, path, body, word) => {
    const { status, json } = await (await control())(method, path, body);
    expect([status, json]).toEqual([400, { error: { code: "BadRequest", message: expect.stringContaining(word) } }]);
  });

  it("says what there is where there is nothing", async () => {
    const { status, json } = await (await control())("GET", "nothing");
    expect([status, JSON.stringify(json)]).toEqual([404, expect.stringContaining("GET /_control/reachable")]);
  });

  it("is told apart from the clouds' own paths by its prefix", () => {
    const at = (url: string) => isControl({ method: "GET", url, headers: {}, body: "" });
    expect([at("/_control/history"), at("/subscriptions"), at("/x/_control/history")]).toEqual([true, false, false]);
  });
});
