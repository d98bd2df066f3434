import { parseAzureNet } from "@sallyport/domain";
import type { AzureNet } from "@sallyport/domain";
import { readRecordings } from "./recordings.ts";

/** Bodies of one type in the answers of real Azure: of the resource itself, and of lists. */
type Body = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Body =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const objectIn = (value: unknown): Body => (isObject(value) ? value : {});
const listIn = (value: unknown): readonly Body[] => (Array.isArray(value) ? value.filter(isObject) : []);
const propertiesOf = (body: unknown): Body => objectIn(objectIn(body)["properties"]);
const textsIn = (...values: readonly unknown[]): readonly string[] =>
  values
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter((one) => typeof one === "string" && one !== "");
const idOf = (reference: unknown): string | undefined => {
  const { id } = objectIn(reference);
  return typeof id === "string" ? id.toLowerCase() : undefined;
};

const recorded = [...readRecordings().values()].flat();
function bodiesOf(type: string): readonly Body[] {
  const isIt = (id: string) => new RegExp(`/providers/[^/]+/${type}/[^/]+$`, "i").test(id);
  return recorded
    .filter(({ method, status }) => (method === "GET" || method === "PUT") && status < 300)
    .flatMap(({ body }) => [objectIn(body), ...listIn(objectIn(body)["value"])])
    .filter(({ id, properties }) => typeof id === "string" && isIt(id) && isObject(properties));
}

const nothing = { vms: [], interfaces: [], vnets: [], nsgs: [], publicAddresses: [] };
const parsed = (bodies: Partial<Parameters<typeof parseAzureNet>[0]>): AzureNet =>
  parseAzureNet({ ...nothing, ...bodies });

describe("every body that real Azure was recorded to answer", () => {
  it("of an NSG is read with all of its rules, and nothing of a rule is lost that decides (P32–P34)", () => {
    const bodies = bodiesOf("networkSecurityGroups");
    expect(bodies.length).toBeGreaterThan(20);
    for (const body of bodies) {
      const [nsg] = parsed({ nsgs: [body] }).nsgs;
      const { securityRules, defaultSecurityRules } = propertiesOf(body);
      for (const [held, read] of [
        [listIn(securityRules), nsg?.rules],
        [listIn(defaultSecurityRules), nsg?.defaults],
      ] as const)
        expect(
          read?.map((one) => ({
            name: one.name,
            access: one.access,
            direction: one.direction,
            priority: one.priority,
            ports: one.destinationPorts,
            from: one.sourcePorts,
            sources: one.sources,
            destinations: one.destinations,
            groups: [...one.sourceGroups, ...one.destinationGroups],
          })),
        ).toEqual(
          held.map((one) => {
            const is = propertiesOf(one);
            return {
              name: one["name"],
              access: String(is["access"]).toLowerCase(),
              direction: String(is["direction"]).toLowerCase(),
              priority: is["priority"],
              ports: textsIn(is["destinationPortRange"], is["destinationPortRanges"]),
              from: textsIn(is["sourcePortRange"], is["sourcePortRanges"]),
              sources: textsIn(is["sourceAddressPrefix"], is["sourceAddressPrefixes"]),
              destinations: textsIn(is["destinationAddressPrefix"], is["destinationAddressPrefixes"]),
              groups: [
                ...listIn(is["sourceApplicationSecurityGroups"]),
                ...listIn(is["destinationApplicationSecurityGroups"]),
              ].map(idOf),
            };
          }),
        );
    }
  });

  it("of a network interface is read with its addresses, its NSG, subnets and public addresses", () => {
    const bodies = bodiesOf("networkInterfaces");
    expect(bodies.length).toBeGreaterThan(100);
    for (const body of bodies) {
      const [nic] = parsed({ interfaces: [body] }).interfaces;
      const { networkSecurityGroup, virtualMachine, ipConfigurations } = propertiesOf(body);
      expect([nic?.nsg, nic?.vm]).toEqual([idOf(networkSecurityGroup), idOf(virtualMachine)]);
      expect(nic?.configurations.map((one) => [one.name, one.address, one.subnet, one.publicAddress])).toEqual(
        listIn(ipConfigurations).map((one) => {
          const { privateIPAddress, subnet, publicIPAddress } = propertiesOf(one);
          return [one["name"], privateIPAddress, idOf(subnet), idOf(publicIPAddress)];
        }),
      );
    }
  });

  it("of a virtual machine is read with its interfaces and its system, whatever it leaves out (P35)", () => {
    const bodies = bodiesOf("virtualMachines");
    expect(bodies.length).toBeGreaterThan(50);
    for (const body of bodies) {
      const [vm] = parsed({ vms: [body] }).vms;
      const { networkProfile, storageProfile } = propertiesOf(body);
      const references = listIn(objectIn(networkProfile)["networkInterfaces"]).map(idOf);
      expect(new Set(vm?.interfaces)).toEqual(new Set(references));
      expect(vm?.osType).toBe(String(objectIn(objectIn(storageProfile)["osDisk"])["osType"]).toLowerCase());
    }
  });

  it("of a network is read with its subnets, each with its NSG and routes; a public address with its address", () => {
    const bodies = bodiesOf("virtualNetworks");
    expect(bodies.length).toBeGreaterThan(50);
    for (const body of bodies) {
      const [vnet] = parsed({ vnets: [body] }).vnets;
      const { subnets, addressSpace } = propertiesOf(body);
      expect(vnet?.prefixes).toEqual(textsIn(objectIn(addressSpace)["addressPrefixes"]));
      expect(vnet?.subnets.map((one) => [one.id, one.prefixes, one.nsg, one.routeTable])).toEqual(
        listIn(subnets).map((one) => {
          const is = propertiesOf(one);
          return [
            idOf(one),
            textsIn(is["addressPrefix"], is["addressPrefixes"]),
            idOf(is["networkSecurityGroup"]),
            idOf(is["routeTable"]),
          ];
        }),
      );
    }
    for (const body of bodiesOf("publicIPAddresses")) {
      const [address] = parsed({ publicAddresses: [body] }).publicAddresses;
      expect(address?.address).toBe(propertiesOf(body)["ipAddress"]);
    }
  });

  it("of a firewall is read with its collections, where it stands, and what governs it", () => {
    const bodies = bodiesOf("azureFirewalls");
    expect(bodies.length).toBeGreaterThan(50);
    for (const body of bodies) {
      const [firewall] = parsed({ firewalls: [body] }).firewalls;
      const is = propertiesOf(body);
      const collections = [...listIn(is["natRuleCollections"]), ...listIn(is["networkRuleCollections"])];
      const shown = collections.map((one) => {
        const { priority, rules } = propertiesOf(one);
        return `${String(one["name"])} ${String(priority)} ${listIn(rules)
          .map(({ name }) => String(name))
          .join()}`;
      });
      const read = firewall?.collections.map(
        ({ name, priority, rules }) => `${name} ${priority} ${rules.map((rule) => rule.name).join()}`,
      );
      expect(new Set(read)).toEqual(new Set(shown));
      expect(firewall?.addresses).toEqual(
        listIn(is["ipConfigurations"]).flatMap((one) => textsIn(propertiesOf(one)["privateIPAddress"])),
      );
      expect(firewall?.governedBy !== undefined).toBe(
        idOf(is["firewallPolicy"]) !== undefined || idOf(is["virtualHub"]) !== undefined,
      );
    }
  });
});
