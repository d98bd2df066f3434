import type {
  Instance,
  NetworkInterface,
  PrefixList,
  Reservation,
  SecurityGroup,
  Subnet,
  Vpc,
  VpcPeering,
} from "./describe.ts";
import { AwsQuotas } from "../documents.ts";
import type { Rule } from "./rule.ts";

export interface Group {
  readonly about: SecurityGroup;
  readonly rules: readonly Rule[];
}

/**
 * One region of one account at one moment. A write makes a new value, so a refused one changes nothing and what was before it can
 * still be answered. What an instance shows of its interfaces is read off `interfaces`, the one place where they are kept.
 */
export interface AwsRegion {
  readonly accountId: string;
  readonly name: string;
  readonly quotas: AwsQuotas;
  readonly instances: ReadonlyMap<string, { readonly reservation: Reservation; readonly about: Instance }>;
  readonly interfaces: ReadonlyMap<string, NetworkInterface>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly subnets: ReadonlyMap<string, Subnet>;
  /** Every list that a rule ever named; one without `Entries` has unknown content. */
  readonly prefixLists: ReadonlyMap<string, PrefixList>;
  readonly peerings: ReadonlyMap<string, VpcPeering>;
  /** Loaded documents that nobody reads here, kept for the next save. */
  readonly unread: Readonly<Record<string, unknown>>;
}

/** The map with one entry replaced or, with `undefined`, removed. */
export function withEntry<T>(map: ReadonlyMap<string, T>, id: string, value: T | undefined): ReadonlyMap<string, T> {
  const next = new Map(map);
  if (value === undefined) next.delete(id);
  else next.set(id, value);
  return next;
}

/** In order of device index: the first is the primary one. */
export function interfacesOf(region: AwsRegion, instanceId: string): readonly NetworkInterface[] {
  return [...region.interfaces.values()]
    .filter((one) => one.Attachment?.InstanceId === instanceId)
    .sort((a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0));
}

export const defaultVpcOf = (region: AwsRegion): Vpc | undefined =>
  [...region.vpcs.values()].find((vpc) => vpc.IsDefault);

export const isDefaultVpc = (region: AwsRegion, vpcId: string | undefined): boolean =>
  vpcId !== undefined && region.vpcs.get(vpcId)?.IsDefault === true;

export const arnOf = (region: AwsRegion, instanceId: string): string =>
  `arn:aws:ec2:${region.name}:${region.accountId}:instance/${instanceId}`;

export const emptyRegion = (accountId: string, name: string, quotas = AwsQuotas.parse({})): AwsRegion => ({
  accountId,
  name,
  quotas,
  instances: new Map(),
  interfaces: new Map(),
  groups: new Map(),
  vpcs: new Map(),
  subnets: new Map(),
  prefixLists: new Map(),
  peerings: new Map(),
  unread: {},
});
