import { SMALL } from "@sallyport/simulator";
import type { Simulator } from "@sallyport/simulator";
import { z } from "zod";
import { RECONCILED_MS, aJourney, firstGrantOf } from "./a-journey.ts";
import { azureEstate } from "./estates.ts";

const GRANTS = 50;
/** Before every so many of our writes a neighbour takes the very priority that ours is about to take. */
const EVERY = 5;
/** Nearly each deletion succeeds at once. */
const TRIES_TO_CLOSE = 1.2;
const guests = Array.from({ length: GRANTS }, (_, n) => `198.51.100.${n + 1}`);

const Rules = z.object({
  properties: z.object({
    securityRules: z.array(
      z.object({ name: z.string(), properties: z.object({ priority: z.number(), direction: z.string() }) }),
    ),
  }),
});

/** The inbound rules of the NSG as the cloud holds them now. */
function rulesOf(simulator: Simulator) {
  const resources = simulator.documents().azure.subscriptions.flatMap((one) => one.resources);
  const { properties } = Rules.parse(resources.find(({ id }) => id === SMALL.subnetNsg));
  return properties.securityRules
    .filter((rule) => rule.properties.direction === "Inbound")
    .map(({ name, properties: { priority } }) => ({ name, priority }));
}

/** The priority that whoever needs the first of the allow band would take now. */
function firstFree(simulator: Simulator): number {
  const taken = new Set(rulesOf(simulator).map(({ priority }) => priority));
  let free = 100;
  while (taken.has(free)) free += 1;
  return free;
}

describe("fifty grants at once on one NSG, while a neighbour writes rules of their own (P3)", () => {
  it("all open and all close, no priority is there twice, and a write is repeated only where a neighbour was first", async () => {
    let simulator: Simulator | undefined;
    let ours = 0;
    let theirs = 0;
    const journey = await aJourney(azureEstate, {
      oneLevel: true,
      onCloudCall: ({ what }) => {
        if (simulator === undefined || !/^PUT .*\/securityRules\/sallyport-allow-/i.test(what)) return;
        ours += 1;
        if (ours % EVERY !== 0) return;
        theirs += 1;
        const properties = {
          protocol: "Tcp",
          sourcePortRange: "*",
          destinationPortRange: "8080",
          sourceAddressPrefix: "10.9.0.0/16",
          destinationAddressPrefix: "*",
          access: "Allow",
          priority: firstFree(simulator),
          direction: "Inbound",
        };
        const path = `${SMALL.subnetNsg}/securityRules/neighbours-${theirs}`;
        void simulator.control.outsider({
          edit: { cloud: "azure", method: "PUT", path, body: { properties } },
          duringNextWriteTo: "nsg-subnet",
        });
      },
    });
    await journey.underJit();
    ({ simulator } = journey);

    const asked = await Promise.all(guests.map((guest) => journey.ask({ sources: [guest], duration: "PT1H" })));
    await journey.pass(4 * RECONCILED_MS);
    const grants = await Promise.all(asked.map((answer) => journey.grant(firstGrantOf(answer))));
    expect(grants.map(({ status }) => status)).toEqual(guests.map(() => "Open"));
    expect(guests.filter((guest) => !journey.getsIn(guest))).toEqual([]);

    const rules = rulesOf(journey.simulator);
    expect(rules.filter(({ name }) => name.startsWith("neighbours-"))).toHaveLength(theirs);
    expect(rules.filter(({ name }) => name.startsWith("sallyport-allow-"))).toHaveLength(GRANTS);
    expect(new Set(rules.map(({ priority }) => priority)).size).toBe(rules.length);

    const writes = () => journey.simulator.control.history().filter(({ object }) => /\/sallyport-allow-/i.test(object));
    const conflicts = writes().filter(({ result }) => result.status >= 400);
    expect(theirs).toBeGreaterThanOrEqual(GRANTS / EVERY);
    expect(conflicts).toHaveLength(theirs);
    expect(ours).toBe(GRANTS + theirs);

    await journey.pass(3_600_000 + RECONCILED_MS);
    expect(guests.filter((guest) => journey.getsIn(guest))).toEqual([]);
    expect(rulesOf(journey.simulator).filter(({ name }) => name.startsWith("sallyport-allow-"))).toEqual([]);
    const closed = await Promise.all(asked.map((answer) => journey.grant(firstGrantOf(answer))));
    expect(closed.map(({ status }) => status)).toEqual(guests.map(() => "Closed"));
    // Closings take no turn, but wait for each other: none meets a lock (429) that another of them holds.
    const deletions = writes().filter(({ verb }) => verb === "DELETE");
    expect(deletions.filter(({ result }) => result.status < 400)).toHaveLength(GRANTS);
    expect(deletions.length).toBeLessThanOrEqual(TRIES_TO_CLOSE * GRANTS);
  });
});
