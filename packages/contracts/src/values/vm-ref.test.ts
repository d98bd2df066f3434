import fc from "fast-check";
import { exampleVm } from "./examples.ts";
import { VmRef, awsParts, azureParts, cloudOf, scopeOf, shortNameOf, vmKeyOf, vmOfKey } from "./vm-ref.ts";

const subscription = "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001";
const arn = "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc1234def567890";

const name = fc.string({
  unit: fc.constantFrom("a", "Z", "0", "_", "-", ".", "(", ")", "ß", "ñ", "中", "İ"),
  minLength: 1,
  maxLength: 40,
});
const vmName = name.map((text) => text.replaceAll(/[()]/g, "x"));
const anyVm = fc.oneof(
  fc
    .tuple(name, vmName)
    .map(
      ([group, vm]) =>
        `/subscriptions/${subscription.toUpperCase()}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${vm}`,
    ),
  fc
    .tuple(fc.constantFrom("eu-west-1", "us-gov-east-1"), fc.integer({ min: 0, max: 0xffff_ffff }))
    .map(([region, n]) => `arn:aws:ec2:${region}:123456789012:instance/i-${n.toString(16).padStart(8, "0")}`),
);

describe("a VM's canonical id", () => {
  it("is the same for every case it is written in (P23)", () => {
    const spelled = `/subscriptions/${subscription.toUpperCase()}/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/VM-Web-01`;
    expect(VmRef.parse(spelled)).toBe(exampleVm);
    expect(VmRef.parse(exampleVm)).toBe(exampleVm);
  });

  it("is its own canonical form", () => {
    expect(() =>
      fc.assert(fc.property(anyVm, (text) => VmRef.parse(VmRef.parse(text)) === VmRef.parse(text.toLowerCase()))),
    ).not.toThrow();
  });

  it.each([
    ["vm-web-01"],
    [`${exampleVm}/extensions/x`],
    [`${exampleVm}/`],
    [` ${exampleVm}`],
    [`${exampleVm}\n`],
    [exampleVm.replace("virtualmachines", "virtualmachinescalesets")],
    [`/subscriptions/${subscription}/resourcegroups/a b/providers/microsoft.compute/virtualmachines/c`],
    [`/subscriptions/${subscription}/resourcegroups//providers/microsoft.compute/virtualmachines/c`],
    ["i-0abc1234def567890"],
    [arn.replace("instance/", "volume/")],
    [arn.replace("123456789012", "12345")],
    [""],
  ])("is not %j", (text) => {
    expect(VmRef.safeParse(text).success).toBe(false);
  });

  it("says its cloud, its scope and its parts", () => {
    const [azure, aws] = [VmRef.parse(exampleVm), VmRef.parse(arn)];
    expect([cloudOf(azure), cloudOf(aws)]).toEqual(["azure", "aws"]);
    expect([scopeOf(azure), scopeOf(aws)]).toEqual([subscription, "123456789012/eu-west-1"]);
    expect(azureParts(azure)).toEqual({ subscription, group: "rg-shop", name: "vm-web-01" });
    expect(awsParts(aws)).toEqual({ account: "123456789012", region: "eu-west-1", instance: "i-0abc1234def567890" });
    expect([shortNameOf(azure), shortNameOf(aws)]).toEqual(["vm-web-01", "i-0abc1234def567890"]);
  });
});

describe("a VM's key in URLs", () => {
  it("leads back to the VM, and needs no escaping", () => {
    expect(() =>
      fc.assert(
        fc.property(anyVm, (text) => {
          const vm = VmRef.parse(text);
          const key = vmKeyOf(vm);
          return vmOfKey(key) === vm && encodeURIComponent(key) === key;
        }),
      ),
    ).not.toThrow();
  });

  it("has one spelling only", () => {
    const key = vmKeyOf(VmRef.parse(arn));
    const last = key.at(-1) ?? "";
    const others = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
      .split("")
      .filter((letter) => letter !== last)
      .map((letter) => key.slice(0, -1) + letter);
    for (const other of others) expect(vmOfKey(other)).not.toBe(VmRef.parse(arn));
    expect(vmOfKey(`${key}=`)).toBeUndefined();
  });

  it("names none when it is not a key", () => {
    expect(() =>
      fc.assert(
        fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
          const vm = vmOfKey(text);
          return vm === undefined || vmKeyOf(vm) === text;
        }),
      ),
    ).not.toThrow();
  });
});
