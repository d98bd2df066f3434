import { callJson, machine, nsg, SMALL, smallWorld, vnet } from "@sallyport/simulator";
import type { WorldDocuments } from "@sallyport/simulator";
import { ScopeId } from "@sallyport/contracts";
import { startIn } from "./simulated-azure.conformance.ts";

const MACHINES = 1000;
const PER_PAGE = 200;
const { place } = SMALL;

function largeWorld(): WorldDocuments {
  const { azure, aws } = smallWorld();
  const [first, ...others] = azure.subscriptions;
  if (first === undefined) throw new Error("the small world has no subscription");
  const resources = [
    nsg(place, "nsg-all", [["allow-ssh", "Allow", 1000, "22", "*"]]),
    vnet(place, "vnet-1", ["10.0.0.0/16"], [{ name: "snet-1", prefixes: ["10.0.0.0/16"], nsg: "nsg-all" }]),
    ...Array.from({ length: MACHINES }, (_, n) =>
      machine(place, place, "vnet-1", {
        name: `vm-${n}`,
        os: "Linux",
        interfaces: [{ subnet: "snet-1", privateIp: `10.0.${1 + Math.floor(n / 250)}.${4 + (n % 250)}` }],
      }),
    ).flat(),
  ];
  return { azure: { ...azure, subscriptions: [{ ...first, resources }, ...others] }, aws };
}

describe("a survey of a thousand machines", () => {
  it("takes a call for each page of each list, follows every link as it was given, and sees each machine once (P42)", async () => {
    const { network, seen, during, simulator } = await startIn(largeWorld(), { pageSize: PER_PAGE });
    const vms: string[] = [];
    await during(
      (async () => {
        for await (const net of network.survey(ScopeId.parse(place.subscriptionId)))
          vms.push(...net.vms.map(({ ref }) => ref));
      })(),
    );
    expect(new Set(vms).size).toBe(MACHINES);
    expect(vms.length).toBe(MACHINES);
    const lists = seen.filter(({ url }) => url.includes("/providers/"));
    // Bodies, power states and interfaces in pages; five short lists; and the rules of the one network.
    expect(lists.length).toBe((3 * MACHINES) / PER_PAGE + 5 + 1);
    const urls = lists.map(({ url }) => url);
    const links = await Promise.all(
      lists
        .filter(({ method }) => method === "GET")
        .map(async ({ url, headers }) => {
          const { pathname, search } = new URL(url);
          const { json } = await callJson(simulator.arm, "GET", pathname + search, { headers });
          return typeof json === "object" && json !== null && "nextLink" in json ? [json.nextLink] : [];
        }),
    );
    expect(links.flat().length).toBe(3 * (MACHINES / PER_PAGE - 1));
    expect(urls).toEqual(expect.arrayContaining(links.flat()));
  });
});
