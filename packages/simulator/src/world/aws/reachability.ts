import { familyOf } from "@sallyport/contracts";
import { pointOf } from "./cidr.ts";
import type { ConnectionTracking } from "../documents.ts";
import type { CloudReachability, Fate, Hop, Packet, Reach } from "../reachability.ts";
import type { NetworkInterface } from "./describe.ts";
import type { Estate } from "./estate.ts";
import { originOf } from "./packet-source.ts";
import type { Arrival, Origin } from "./packet-source.ts";
import { arnOf, interfacesOf } from "./region.ts";
import type { AwsRegion } from "./region.ts";
import { isTracked, judgeByGroups, privateAddressesOf } from "./security-group.ts";
import { nameOf, publicAddressesOf } from "./show.ts";

/** What really happens to a packet on its way to an instance: route, address, then the groups of the interface that holds it. */
export function createAwsReachability(
  estate: Pick<Estate, "region" | "regions">,
  { whenGroupIsDetached }: ConnectionTracking = { whenGroupIsDetached: "kept" },
): CloudReachability {
  /** Has the group that let these packets in been taken off the interface since? */
  const isDetached = ({ vm }: Packet, { hops }: Reach): boolean => {
    const group = hops.find(({ kind }) => kind === "security-group")?.object;
    const eni = hops.find(({ kind }) => kind === "address")?.object ?? "";
    const [, , , region = "", account = ""] = vm.split(":");
    return !estate
      .region(account, region)
      .interfaces.get(eni)
      ?.Groups.some(({ GroupId }) => GroupId === group);
  };
  return {
    resolve: (vm) => resolve(estate.regions(), vm),
    reachable: (packet) => {
      const [, , , region = "", account = "", resource = ""] = packet.vm.split(":");
      return reach(estate.region(account, region), resource.replace("instance/", ""), packet);
    },
    survivesClosing: (packet, opened, now, latest) =>
      whenGroupIsDetached === "cut" && isDetached(packet, latest)
        ? { survives: false, why: "the world lets flows end with the group that let them in" }
        : survivesClosing(opened, now, latest),
  };
}

function resolve(regions: readonly AwsRegion[], vm: string): string | undefined {
  const wanted = vm.toLowerCase();
  const all = regions.flatMap((region) =>
    [...region.instances.values()].map(({ about }) => ({
      arn: arnOf(region, about.InstanceId),
      id: about.InstanceId,
      name: nameOf(about.Tags)?.toLowerCase(),
    })),
  );
  const byId = all.find(({ arn, id }) => arn === wanted || id === wanted);
  if (byId !== undefined) return byId.arn;
  const named = all.filter(({ name }) => name === wanted);
  return named.length === 1 ? named[0]?.arn : undefined;
}

function reach(region: AwsRegion, instanceId: string, packet: Packet): Reach {
  const about = region.instances.get(instanceId)?.about;
  if (about === undefined || about.State.Name !== "running")
    return denied(instanceId, "instance", `the instance is ${about?.State.Name ?? "gone"}`);
  const from = pointOf(packet.source);
  if (from === undefined)
    return verdict("unknown", [at(instanceId, "source", "unknown", `${packet.source} is no address`)]);
  const origin = originOf(region, about.VpcId, from);
  if (origin.kind === "nowhere") return denied(instanceId, "route", origin.why);
  if (origin.kind === "unclear") return verdict("unknown", [at(instanceId, "route", "unknown", origin.why)]);
  const ways = interfacesOf(region, instanceId).flatMap((one) => wayIn(one, packet, origin));
  if (ways.length === 0) return denied(instanceId, "address", noWay(packet, origin));
  const judged = ways.map(({ one, hop }) => judge(region, one, hop, { ...packet, from }));
  const isUnknown = judged.some((each) => each.verdict === "unknown");
  return (
    judged.find((each) => each.verdict === "allowed") ??
    verdict(
      isUnknown ? "unknown" : "denied",
      judged.flatMap(({ hops }) => hops),
    )
  );
}

/** The address of this interface to which the packet can be sent, if there is one. */
function wayIn(
  one: NetworkInterface,
  packet: Packet,
  origin: Origin,
): readonly { readonly one: NetworkInterface; readonly hop: Hop }[] {
  const family = familyOf(packet.source);
  const isPublic = origin.kind === "internet" && family === "ipv4";
  const [address] = (isPublic ? publicAddressesOf(one) : privateAddressesOf(one)).filter(
    (each) => familyOf(each) === family,
  );
  if (address === undefined) return [];
  const why = `${isPublic ? "public address" : "address"} ${address} leads to ${one.NetworkInterfaceId}`;
  return [{ one, hop: at(one.NetworkInterfaceId, "address", "allowed", why) }];
}

const noWay = ({ source }: Packet, origin: Origin): string =>
  familyOf(source) === "ipv6"
    ? "the instance has no IPv6 address"
    : origin.kind === "internet"
      ? "the instance has no public IPv4 address"
      : "the instance has no interface";

function judge(region: AwsRegion, one: NetworkInterface, address: Hop, packet: Arrival): Reach {
  const group = judgeByGroups(region, one, packet);
  if (group.verdict !== "allowed" || group.rule === undefined) return verdict(group.verdict, [address, group]);
  const tracked = isTracked(region, one, group.rule, packet);
  const why = tracked
    ? "the flow is tracked and outlives its rule"
    : "the flow is untracked (rule from everywhere, all answers may leave) and ends with its rule";
  const tracking = at(one.NetworkInterfaceId, tracked ? "tracked" : "untracked", "allowed", why);
  return verdict("allowed", [address, group, tracking]);
}

/**
 * Tracked flows outlive their rule, not their address or their instance; untracked ones end with the rule (aws.md §4). Whether a flow is
 * tracked is what the rules say that let its packets in last: a rule from everywhere that comes later makes it untracked, and
 * when that goes while a narrower one stays, it is tracked again. AWS does not say this of a flow under way; it is inferred from its
 * saying that tracking is a matter of the rules.
 */
function survivesClosing(opened: Reach, now: Reach, latest: Reach): Fate {
  const by = opened.hops.find(({ kind }) => kind === "address");
  const stillThere = now.hops.some(({ object, why }) => object === by?.object && why === by.why);
  if (!stillThere) return { survives: false, why: now.hops.at(-1)?.why ?? "the address is gone" };
  const tracking = latest.hops.find(({ kind }) => kind === "tracked" || kind === "untracked");
  return tracking?.kind === "tracked"
    ? { survives: true, why: tracking.why }
    : { survives: false, why: tracking?.why ?? "the flow was never admitted" };
}

const at = (object: string, kind: string, how: Hop["verdict"], why: string): Hop => ({
  object,
  kind,
  verdict: how,
  why,
});
const verdict = (how: Reach["verdict"], hops: readonly Hop[]): Reach => ({ verdict: how, hops });
const denied = (object: string, kind: string, why: string): Reach =>
  verdict("denied", [at(object, kind, "denied", why)]);
