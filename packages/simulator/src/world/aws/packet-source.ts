import { rangeHas, rangeOf } from "./cidr.ts";
import type { Point, Range } from "./cidr.ts";
import type { Vpc } from "./describe.ts";
import type { AwsRegion } from "./region.ts";
import type { Packet } from "../reachability.ts";

/** A packet whose source has been read. */
export interface Arrival extends Packet {
  readonly from: Point;
}

/** From where a packet comes, seen from a VPC: this decides to which of a VM's addresses it can travel. */
export type Origin =
  | { readonly kind: "internet" }
  | { readonly kind: "vpc" }
  | { readonly kind: "nowhere"; readonly why: string }
  /** The world lacks what would tell. */
  | { readonly kind: "unclear"; readonly why: string };

const ranges = (...cidrs: readonly string[]): readonly Range[] => cidrs.flatMap((cidr) => rangeOf(cidr) ?? []);

/** Addresses that never send a packet to another host. */
const UNROUTED = ranges("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/127", "fe80::/10", "ff00::/8");
/** Addresses that no Internet router carries. */
const PRIVATE = ranges("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");

export function originOf(region: AwsRegion, vpcId: string | undefined, source: Point): Origin {
  if (UNROUTED.some((range) => rangeHas(range, source)))
    return { kind: "nowhere", why: "this is no address that sends packets to other hosts" };
  const own = rangesOfVpc(region, vpcId);
  if (own.some((range) => rangeHas(range, source))) return { kind: "vpc" };
  if (!PRIVATE.some((range) => rangeHas(range, source))) return { kind: "internet" };
  const network = vpcId ?? "the network";
  return own.length === 0
    ? { kind: "unclear", why: `the world holds no address ranges of ${network}` }
    : { kind: "nowhere", why: `a private address outside ${network}: no route leads here` };
}

/** The VPC's own ranges; where an export lacks the VPC, those of its subnets. */
function rangesOfVpc(region: AwsRegion, vpcId: string | undefined): readonly Range[] {
  if (vpcId === undefined) return [];
  const vpc = region.vpcs.get(vpcId);
  if (vpc !== undefined) return rangesOf(vpc);
  const subnets = [...region.subnets.values()].filter((subnet) => subnet.VpcId === vpcId);
  return ranges(...subnets.flatMap(({ CidrBlock }) => CidrBlock ?? []));
}

const known = new WeakMap<Vpc, readonly Range[]>();

function rangesOf(vpc: Vpc): readonly Range[] {
  const own =
    known.get(vpc) ??
    ranges(
      ...(vpc.CidrBlock === undefined ? [] : [vpc.CidrBlock]),
      ...vpc.CidrBlockAssociationSet.map(({ CidrBlock }) => CidrBlock),
      ...vpc.Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
    );
  known.set(vpc, own);
  return own;
}
