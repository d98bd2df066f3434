import { parseAzureNet } from "./parse.ts";
import { parseNsg, parseRule } from "./parse-nsg.ts";

const SUBSCRIPTION = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourceGroups";
const nothing = { vms: [], interfaces: [], vnets: [], nsgs: [], publicAddresses: [] };
const rule = (properties: object) => ({
  name: "r",
  properties: { access: "Allow", direction: "Inbound", priority: 200, ...properties },
});

describe("reading ARM's JSON", () => {
  it("takes absent, null, empty text and empty list for the same, and singular and plural for one list (P32)", () => {
    const spellings = [
      { sourceAddressPrefix: "", sourceAddressPrefixes: ["10.0.0.4"] },
      { sourceAddressPrefix: null, sourceAddressPrefixes: ["10.0.0.4"] },
      { sourceAddressPrefixes: ["10.0.0.4"], sourceApplicationSecurityGroups: [] },
      { sourceAddressPrefix: "10.0.0.4", sourceAddressPrefixes: [] },
      { sourceAddressPrefix: "10.0.0.4", sourceAddressPrefixes: null },
    ];
    expect(new Set(spellings.map((one) => JSON.stringify(parseRule(rule(one))))).size).toBe(1);
  });

  it("keeps of a rule whether its last write is done: what goes on, or failed, is in doubt (P37)", () => {
    const read = (provisioningState?: string) => parseRule(rule({ provisioningState }))?.inDoubt;
    expect([read(), read("Succeeded"), read("Updating"), read("Failed")]).toEqual([undefined, undefined, true, true]);
  });

  it("folds protocols, and what requests spell in lower case (P33)", () => {
    const read = (protocol: string) => parseRule(rule({ protocol, access: "allow", direction: "inbound" }))?.protocol;
    expect(["TCP", "Tcp", "6", "All", "*", "17", "Icmp"].map(read)).toEqual([
      "tcp",
      "tcp",
      "tcp",
      "*",
      "*",
      "udp",
      "icmp",
    ]);
  });

  it("meets the same machine in every spelling of its id (P23)", () => {
    const net = parseAzureNet({
      ...nothing,
      vms: [
        {
          id: `${SUBSCRIPTION}/TEST_VM/providers/Microsoft.Compute/virtualMachines/VM-1`,
          name: "VM-1",
          properties: {
            networkProfile: {
              networkInterfaces: [{ id: `${SUBSCRIPTION}/test_vm/providers/Microsoft.Network/networkInterfaces/Nic` }],
            },
          },
        },
      ],
      interfaces: [{ id: `${SUBSCRIPTION}/Test_VM/providers/Microsoft.Network/networkInterfaces/nic`, properties: {} }],
    });
    expect(net.vms[0]?.name).toBe("VM-1");
    expect(net.vms[0]?.interfaces).toEqual([net.interfaces[0]?.id]);
  });

  it("needs neither profiles nor instance view, and takes the system from the disk (P35)", () => {
    const vm = (properties: object) =>
      parseAzureNet({
        ...nothing,
        vms: [{ id: `${SUBSCRIPTION}/rg/providers/Microsoft.Compute/virtualMachines/vm`, properties }],
      }).vms[0];
    expect(vm({})).toMatchObject({ name: "vm", osType: "unknown", power: "unknown", interfaces: [] });
    expect(vm({ storageProfile: { osDisk: { osType: "Windows" } } })?.osType).toBe("windows");
    const view = (code: string) =>
      vm({ instanceView: { statuses: [{ code: "ProvisioningState/x" }, { code }] } })?.power;
    expect(["PowerState/running", "PowerState/deallocated", "PowerState/odd"].map(view)).toEqual([
      "running",
      "stopped",
      "unknown",
    ]);
  });

  it("puts the primary interface first, and passes over machines of other kinds", () => {
    const nic = (name: string, primary?: boolean) => ({
      id: `${SUBSCRIPTION}/rg/providers/Microsoft.Network/networkInterfaces/${name}`,
      ...(primary !== undefined && { properties: { primary } }),
    });
    const net = parseAzureNet({
      ...nothing,
      vms: [
        {
          id: `${SUBSCRIPTION}/rg/providers/Microsoft.Compute/virtualMachines/vm`,
          properties: { networkProfile: { networkInterfaces: [nic("b", false), nic("a", true)] } },
        },
        { id: `${SUBSCRIPTION}/rg/providers/Microsoft.ClassicCompute/virtualMachines/old`, properties: {} },
      ],
    });
    expect(net.vms.length).toBe(1);
    expect(net.vms[0]?.interfaces[0]).toMatch(/\/a$/);
  });

  it("ends every NSG with the default rules, also where the body leaves them out, and sees flushConnection", () => {
    const id = `${SUBSCRIPTION}/rg/providers/Microsoft.Network/networkSecurityGroups/n`;
    expect(parseNsg({ id }).defaults.length).toBe(6);
    expect(parseNsg({ id, properties: { flushConnection: true } }).flushes).toBe(true);
  });

  it("faults on a resource without an id, and on nothing less", () => {
    expect(() => parseNsg({ properties: {} })).toThrow("without an id");
    for (const odd of [null, 7, "x", [], { securityRules: 4 }])
      expect(parseNsg({ id: "x", properties: odd }).rules).toEqual([]);
    expect(parseRule({ name: "r" })).toBeUndefined();
  });
});
