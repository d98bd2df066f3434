import { Address, ObjectId, ScopeId, VmRef, port } from "@sallyport/contracts";
import type { Cidr } from "@sallyport/contracts";
import { createAwsModel } from "@sallyport/domain";
import type { AwsGroup, AwsNet } from "@sallyport/domain";
import { cutUp } from "./survey.ts";

const scope = ScopeId.parse("123456789012/eu-west-1");
const sg = (name: string) => ObjectId.parse(`sg-${name}`);
const group = (name: string, source: string): AwsGroup => ({
  key: sg(name),
  scope,
  id: `sg-${name}`,
  name,
  vpc: "vpc-1",
  description: "",
  tags: [],
  ingress: [
    {
      protocol: "tcp",
      from: 22,
      to: 22,
      peer: source.startsWith("sg-") ? { kind: "group", id: source } : { kind: "cidr", cidr: source as Cidr },
      tags: [],
    },
  ],
  egress: [],
  membersKnown: true,
  referencesKnown: true,
});
const vmOf = (n: number) => VmRef.parse(`arn:aws:ec2:eu-west-1:123456789012:instance/i-${String(n).padStart(8, "0")}`);

/** 120 instances: all in `all`, every third also in `third`, whose members `all` lets in; and a group that nobody is in. */
const whole: AwsNet = {
  instances: Array.from({ length: 120 }, (_, n) => ({
    vm: vmOf(n),
    scope,
    name: `vm-${n}`,
    osType: "linux",
    power: "running",
  })),
  interfaces: Array.from({ length: 120 }, (_, n) => ({
    id: ObjectId.parse(`eni-${n}`),
    scope,
    vpc: "vpc-1",
    vm: vmOf(n),
    index: 0,
    addresses: [Address.parse(`10.0.0.${n}`)],
    publicAddresses: [],
    groups: n % 3 === 0 ? [sg("all"), sg("third")] : [sg("all")],
  })),
  groups: [group("all", "sg-third"), group("third", "203.0.113.0/24"), group("nobody", "10.0.0.0/8")],
  prefixLists: [],
};

describe("a survey", () => {
  const nets = [...cutUp(whole)];
  const model = createAwsModel();

  it("holds every instance once, and every group", () => {
    expect(nets.flatMap(({ instances }) => instances)).toEqual(whole.instances);
    expect(nets.flatMap((net) => model.vms(net))).toEqual(whole.instances.map(({ vm }) => vm));
    expect(new Set(nets.flatMap(({ groups }) => groups.map(({ key }) => key)))).toEqual(
      new Set(whole.groups.map(({ key }) => key)),
    );
  });

  it("says of each instance what the whole says: who gets in, and who shares its groups", () => {
    for (const net of nets)
      for (const vm of model.vms(net))
        for (const destination of model.addresses(net, vm)) {
          const flow = { vm, destination, port: port(22), protocol: "tcp" } as const;
          expect(model.reachable(net, flow)).toEqual(model.reachable(whole, flow));
        }
    expect(nets[0]?.interfaces.length).toBe(120);
  });
});
