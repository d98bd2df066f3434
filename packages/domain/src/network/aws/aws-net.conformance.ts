import { ObjectId, ScopeId, VmRef } from "@sallyport/contracts";
import { signedText } from "../mark.ts";
import type { Seal } from "../mark.ts";
import type { AwsNet } from "./net.ts";
import { parseAwsNet } from "./parse.ts";

export const scope = ScopeId.parse("123456789012/eu-west-1");
export const vmOf = (n: number): VmRef => VmRef.parse(`arn:aws:ec2:eu-west-1:123456789012:instance/i-0000000${n}`);
export const eni = (n: number): ObjectId => ObjectId.parse(`eni-${n}`);
export const sg = (name: string): ObjectId => ObjectId.parse(`sg-${name}`);

/** Not secret, but as sensitive to every part of what is signed as a real one. */
export const seal: Seal = {
  sign: (claim, place) => ({ claim, keyId: "test", signature: digest(signedText(claim, place)) }),
  verifies: (mark, place) => mark.signature === digest(signedText(mark.claim, place)),
};
const digest = (text: string): string =>
  Array.from(text)
    .reduce((sum, letter) => (sum * 31n + BigInt(letter.codePointAt(0) ?? 0)) % (1n << 64n), 7n)
    .toString(36);

/** A rule in few words: protocol, ports, source; `sg-…` and `pl-…` are sources, too. */
export type Short = readonly [protocol: string, ports: string, source: string, more?: object];

function ruleOf(group: string, index: number, [protocol, ports, source, more]: Short, isEgress = false): object {
  const [from, to] = ports === "*" ? [-1, -1] : ports.split("-").map(Number);
  const peer = source.startsWith("sg-")
    ? { ReferencedGroupInfo: { GroupId: source, UserId: "123456789012" } }
    : source.startsWith("pl-")
      ? { PrefixListId: source }
      : { [source.includes(":") ? "CidrIpv6" : "CidrIpv4"]: source };
  return {
    SecurityGroupRuleId: `sgr-${group}-${isEgress ? "out" : "in"}-${index}`,
    GroupId: `sg-${group}`,
    IsEgress: isEgress,
    IpProtocol: protocol,
    FromPort: from,
    ToPort: to ?? from,
    ...peer,
    ...more,
  };
}

export interface NetParts {
  /** Inbound rules of each group, by its name without `sg-`. */
  readonly groups: Readonly<Record<string, readonly Short[]>>;
  /** Of each instance, from 1: each interface's groups. */
  readonly vms: readonly (readonly (readonly string[])[])[];
  readonly v6?: boolean;
  readonly egress?: readonly Short[];
  readonly prefixLists?: readonly object[];
}

/** A net as describe answers make it: interface n of the whole has 10.0.0.n, and 2001:db8::n with `v6`. */
export function aNet({
  groups,
  vms,
  v6 = false,
  egress = [["-1", "*", "0.0.0.0/0"]],
  prefixLists = [],
}: NetParts): AwsNet {
  const interfaces = vms
    .flatMap((own, vm) => own.map((names, index) => ({ vm: vm + 1, index, names })))
    .map(({ vm, index, names }, i) => ({
      NetworkInterfaceId: `eni-${i + 1}`,
      VpcId: "vpc-1",
      PrivateIpAddress: `10.0.0.${i + 1}`,
      ...(v6 && { Ipv6Addresses: [{ Ipv6Address: `2001:db8::${i + 1}` }] }),
      Association: { PublicIp: `192.0.2.${i + 1}`, AllocationId: `eipalloc-${i + 1}` },
      Attachment: { InstanceId: `i-0000000${vm}`, DeviceIndex: index },
      Groups: names.map((name) => ({ GroupId: `sg-${name}` })),
    }));
  return parseAwsNet({
    scope,
    reservations: [
      {
        Instances: vms.map((_, i) => ({
          InstanceId: `i-0000000${i + 1}`,
          State: { Name: "running" },
          Tags: [{ Key: "Name", Value: `vm-${i + 1}` }],
        })),
      },
    ],
    interfaces,
    groups: Object.keys(groups).map((name) => ({ GroupId: `sg-${name}`, GroupName: name, VpcId: "vpc-1" })),
    rules: Object.entries(groups).flatMap(([name, rules]) => [
      ...rules.map((rule, i) => ruleOf(name, i, rule)),
      ...egress.map((rule, i) => ruleOf(name, i, rule, true)),
    ]),
    prefixLists,
    members: "all",
    references: "all",
  });
}
