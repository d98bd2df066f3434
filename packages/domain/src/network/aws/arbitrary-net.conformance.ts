import { Address, Cidr, ObjectId } from "@sallyport/contracts";
import { cidrs, portRanges } from "@sallyport/testkit";
import fc from "fast-check";
import { scope, vmOf } from "./aws-net.conformance.ts";
import type { AwsGroup, AwsInterface, AwsNet, AwsPeer, AwsPermit } from "./net.ts";
import { permitText } from "./permit.ts";

/** The groups of every net here. */
export const keys = ["a", "b", "c", "d"].map((name) => ObjectId.parse(`sg-${name}`));
const cidr = (text: string): AwsPeer => ({ kind: "cidr", cidr: Cidr.parse(text) });

const peers: fc.Arbitrary<AwsPeer> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...["0.0.0.0/0", "::/0", "10.0.0.0/8", "203.0.113.0/24"].map(cidr)) },
  { weight: 2, arbitrary: cidrs.map((one): AwsPeer => ({ kind: "cidr", cidr: one })) },
  { weight: 1, arbitrary: fc.constantFrom("sg-a", "sg-b", "sg-away").map((id): AwsPeer => ({ kind: "group", id })) },
  { weight: 1, arbitrary: fc.constantFrom("pl-1", "pl-2").map((id): AwsPeer => ({ kind: "prefix-list", id })) },
);
/** One inbound rule, often one that touches or overlaps others. */
export const permits: fc.Arbitrary<AwsPermit> = fc
  .record({
    about: fc.oneof(
      { weight: 6, arbitrary: fc.record({ protocol: fc.constantFrom("tcp", "tcp", "udp"), ports: portRanges }) },
      { weight: 1, arbitrary: fc.constant({ protocol: "-1", ports: undefined }) },
      { weight: 1, arbitrary: fc.constant({ protocol: "50", ports: undefined }) },
    ),
    peer: peers,
    description: fc.option(fc.constantFrom("for the office", "temporary"), { nil: undefined }),
    tags: fc.constantFrom([], [{ key: "owner", value: "net-team" }]),
  })
  .map(({ about, peer, description, tags }) => ({
    protocol: about.protocol,
    ...(about.ports !== undefined && { from: about.ports.first, to: about.ports.last }),
    peer,
    tags,
    ...(description !== undefined && { description }),
  }));

const groupOf = (key: ObjectId, rules: readonly AwsPermit[], isOpen: boolean): AwsGroup => ({
  key,
  scope,
  id: key,
  name: `group ${key}`,
  vpc: "vpc-1",
  description: "",
  tags: [],
  ingress: rules.map((rule, i) => ({ ...rule, id: `sgr-${key}-${i}` })),
  egress: isOpen ? [{ protocol: "-1", peer: cidr("0.0.0.0/0"), tags: [] }] : [],
  membersKnown: true,
  referencesKnown: true,
});

/** Three instances, the first perhaps with two interfaces, in groups that overlap: shared, referring to each other, with ranges that touch. */
export const nets: fc.Arbitrary<AwsNet> = fc
  .record({
    rules: fc.tuple(
      ...keys.map(() => fc.tuple(fc.uniqueArray(permits, { maxLength: 5, selector: permitText }), fc.boolean())),
    ),
    memberships: fc.array(fc.subarray(keys, { minLength: 1, maxLength: 3 }), { minLength: 4, maxLength: 4 }),
    second: fc.boolean(),
    v6: fc.boolean(),
    list: fc.option(fc.array(cidrs, { maxLength: 3 }), { nil: undefined }),
  })
  .map(({ rules, memberships, second, v6, list }) => {
    const at = (n: number, of: number, index: number): AwsInterface => ({
      id: ObjectId.parse(`eni-${n}`),
      scope,
      vpc: "vpc-1",
      vm: vmOf(of),
      index,
      addresses: [`10.0.0.${n}`, ...(v6 ? [`2001:db8::${n}`] : [])].map((one) => Address.parse(one)),
      publicAddresses: [],
      groups: memberships[n - 1] ?? [],
    });
    return {
      instances: [1, 2, 3].map((n) => ({
        vm: vmOf(n),
        scope,
        name: `vm ${n}`,
        osType: "linux" as const,
        power: "running" as const,
      })),
      interfaces: [at(1, 1, 0), at(2, 2, 0), at(3, 3, 0), ...(second ? [at(4, 1, 1)] : [])],
      groups: keys.map((key, i) => groupOf(key, rules[i]?.[0] ?? [], rules[i]?.[1] ?? true)),
      prefixLists: [{ id: "pl-1", ...(list !== undefined && { entries: list }) }],
    };
  });
