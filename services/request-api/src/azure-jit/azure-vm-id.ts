import { VmRef, awsParts, azureParts, cloudOf } from "@sallyport/contracts";
import type { VmProfile } from "@sallyport/contracts";
import type { Connectors } from "@sallyport/domain";

const CONNECTOR =
  /^\/subscriptions\/(?<subscription>[^/]+)\/resourcegroups\/(?<group>[^/]+)\/providers\/microsoft\.security\/securityconnectors\/[^/]+$/i;
const ENTITY = /^(.+)\/securityentitydata\/aws-ec2-instance-(i-[0-9a-f]{8,32})-([a-z0-9-]{3,32})$/i;

/** The VM that an id of Azure's names: an Azure VM, or an EC2 instance of an account that a connector connects. */
export function vmOfAzureId(text: string, connectors: Connectors): VmRef | undefined {
  const [, connector, instance, region] = ENTITY.exec(text) ?? [];
  if (connector === undefined || instance === undefined || region === undefined) {
    const vm = VmRef.safeParse(text).data;
    return vm !== undefined && cloudOf(vm) === "azure" ? vm : undefined;
  }
  const [account] = Object.entries(connectors).find(([, id]) => id.toLowerCase() === connector.toLowerCase()) ?? [];
  if (account === undefined) return undefined;
  return VmRef.safeParse(`arn:${partitionOf(region)}:ec2:${region}:${account}:instance/${instance}`).data;
}

/** The VM's id as Azure writes it; `undefined` for an instance whose account no connector connects. */
export function azureIdOf({ vm, name }: Pick<VmProfile, "vm" | "name">, connectors: Connectors): string | undefined {
  if (cloudOf(vm) === "azure") {
    const { subscription, group } = azureParts(vm);
    return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`;
  }
  const { account, region, instance } = awsParts(vm);
  const connector = connectors[account];
  return connector && `${connector}/securityentitydata/aws-ec2-instance-${instance}-${region}`;
}

/** The subscription and the resource group that a VM's policy is in: the VM's own, or those of its account's connector. */
export function groupOf(
  vm: VmRef,
  connectors: Connectors,
): { readonly subscription: string; readonly group: string } | undefined {
  if (cloudOf(vm) === "azure") return azureParts(vm);
  const { subscription, group } = CONNECTOR.exec(connectors[awsParts(vm).account] ?? "")?.groups ?? {};
  return subscription === undefined || group === undefined
    ? undefined
    : { subscription: subscription.toLowerCase(), group: group.toLowerCase() };
}

/**
 * What the canonical ids of a subscription's VMs, or of a group's, begin with: those of its own, and those of the accounts that are
 * connected there, region by region.
 */
export function prefixesUnder(
  scope: { readonly subscription: string; readonly group?: string },
  connectors: Connectors,
  enrolled: Iterable<string>,
): readonly string[] {
  const subscription = scope.subscription.toLowerCase();
  const group = scope.group?.toLowerCase();
  const isHere = (account: string) => {
    const { groups } = CONNECTOR.exec(connectors[account] ?? "") ?? {};
    return (
      groups?.["subscription"]?.toLowerCase() === subscription &&
      (group === undefined || groups["group"]?.toLowerCase() === group)
    );
  };
  const regions = [...enrolled].flatMap((one) => {
    const [account = "", region] = one.split("/");
    return region !== undefined && isHere(account) ? [`arn:${partitionOf(region)}:ec2:${region}:${account}:`] : [];
  });
  return [`/subscriptions/${subscription}/resourcegroups/${group === undefined ? "" : `${group}/`}`, ...regions.sort()];
}

const partitionOf = (region: string): string =>
  region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
