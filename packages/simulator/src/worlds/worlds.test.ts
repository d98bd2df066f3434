import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Instant } from "@sallyport/contracts";
import { callJson } from "../call.ts";
import { createSimulator } from "../simulator.ts";
import { createStandingClock } from "../world/standing-clock.ts";
import { SMALL, smallWorld } from "./small-world.ts";
import { demoWorld, emptyWorld, loadWorld } from "./worlds.ts";

describe("a world", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "world-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const clock = () => createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));

  it("is a file in the clouds' own JSON, and what a simulator holds can be loaded as one", async () => {
    const first = await createSimulator({ world: demoWorld(), clock: clock(), auth: false });
    await writeFile(join(folder, "world.json"), JSON.stringify(first.documents()));
    const second = await createSimulator({
      world: await loadWorld(join(folder, "world.json")),
      clock: clock(),
      auth: false,
    });
    expect(JSON.parse(JSON.stringify(second.documents()))).toEqual(JSON.parse(JSON.stringify(first.documents())));
  });

  it("is refused, saying where, when it is something else", async () => {
    await writeFile(join(folder, "world.json"), JSON.stringify({ azure: { tenantId: "x" } }));
    await expect(loadWorld(join(folder, "world.json"))).rejects.toThrow(/tenantId[\s\S]*aws/);
  });

  it("may be empty, with the same clients as the demonstration", () => {
    expect(emptyWorld().azure.clients).toEqual(demoWorld().azure.clients);
    expect(emptyWorld().azure.subscriptions.flatMap(({ resources }) => resources)).toEqual([]);
  });

  it("carries a write that was under way over a restart: it takes effect at its own time, not before", async () => {
    const time = clock();
    const options = {
      world: smallWorld({ subnet: "none" }),
      clock: time,
      auth: false,
      dataDir: folder,
      timing: { ruleMs: 10_000 },
    };
    const first = await createSimulator(options);
    const rule = {
      protocol: "*",
      sourcePortRange: "*",
      destinationPortRange: "22",
      sourceAddressPrefix: "*",
      destinationAddressPrefix: "*",
      access: "Allow",
      priority: 100,
      direction: "Inbound",
    };
    const url = `${SMALL.nicNsg}/securityRules/r?api-version=2025-05-01`;
    const put = await callJson(first.arm, "PUT", url, { body: { properties: rule } });
    const second = await createSimulator(options);
    const asking = { vm: "vm-1", port: 22, source: "198.51.100.7" };
    expect(second.control.reachable(asking)).toMatchObject({ verdict: "denied" });
    await time.pass(10_000);
    expect(second.control.reachable(asking)).toMatchObject({ verdict: "allowed" });
    const poll = new URL(put.headers["azure-asyncoperation"] ?? "");
    expect((await callJson(second.arm, "GET", poll.pathname + poll.search)).json).toEqual({ status: "Succeeded" });
  });

  it("in a data folder takes precedence over the one given: the cloud does not forget", async () => {
    await createSimulator({ world: smallWorld(), clock: clock(), auth: false, dataDir: folder });
    const again = await createSimulator({ world: demoWorld(), clock: clock(), auth: false, dataDir: folder });
    expect(again.control.reachable({ vm: "vm-1", port: 22, source: "198.51.100.7" })).toMatchObject({
      verdict: "denied",
    });
    expect(again.control.reachable({ vm: "vm-web-01", port: 22, source: "198.51.100.7" })).toHaveProperty(
      "misunderstood",
    );
  });
});
