import { demoWorld, idIn, machine, nsg, vnet } from "@sallyport/simulator";
import type { ArmDocument, Place, WorldDocuments } from "@sallyport/simulator";
import { z } from "zod";

export interface EstateSize {
  readonly azure: number;
  readonly aws: number;
  /** How many Azure machines share a subnet and its NSG; 0: subnets have no NSG. */
  readonly perSubnetNsg: number;
}

/** A world with as many machines as asked for: each behind a network object of its own, and port 22 open to everybody. */
export function estate({ azure, aws, perSubnetNsg }: EstateSize): WorldDocuments {
  const demo = demoWorld();
  const [first, ...others] = demo.azure.subscriptions;
  if (first === undefined) throw new Error("the demonstration's world has no subscription");
  const place: Place = { subscriptionId: first.subscriptionId, group: "rg-estate", location: "westeurope" };
  return {
    azure: {
      ...demo.azure,
      subscriptions: [
        { ...first, resources: azureMachines(place, azure, perSubnetNsg) },
        ...others.map((one) => ({ ...one, resources: [] })),
      ],
    },
    aws: awsMachines(demo.aws, aws),
  };
}

export const azureName = (n: number): string => `vm-${String(n).padStart(4, "0")}`;
export const awsName = (n: number): string => `ec2-${String(n).padStart(4, "0")}`;
export const azureNsgName = (n: number): string => `nsg-${String(n).padStart(4, "0")}`;
/** The canonical id of the nth machine in Azure. */
export const azureVm = (subscriptionId: string, n: number): string =>
  idIn(
    { subscriptionId, group: "rg-estate", location: "" },
    "Microsoft.Compute/virtualMachines",
    azureName(n),
  ).toLowerCase();

const SSH = ["allow-ssh", "Allow", 1000, "22", "*"] as const;

function azureMachines(place: Place, count: number, perSubnetNsg: number): ArmDocument[] {
  const perSubnet = perSubnetNsg === 0 ? 200 : perSubnetNsg;
  const subnets = Array.from({ length: Math.ceil(count / perSubnet) }, (_, i) => i);
  const subnetNsg = (i: number) => `nsg-of-subnet-${i}`;
  return [
    vnet(
      place,
      "vnet-estate",
      ["10.0.0.0/8"],
      subnets.map((i) => ({
        name: `snet-${i}`,
        prefixes: [`10.${i}.0.0/16`],
        ...(perSubnetNsg > 0 && { nsg: subnetNsg(i) }),
      })),
    ),
    ...(perSubnetNsg > 0 ? subnets.map((i) => nsg(place, subnetNsg(i), [SSH])) : []),
    ...Array.from({ length: count }, (_, n) => {
      const subnet = Math.floor(n / perSubnet);
      const host = (n % perSubnet) + 4;
      return [
        nsg(place, azureNsgName(n), [SSH]),
        ...machine(place, place, "vnet-estate", {
          name: azureName(n),
          os: "Linux",
          interfaces: [
            {
              subnet: `snet-${subnet}`,
              privateIp: `10.${subnet}.0.${host}`,
              publicIp: `20.${subnet}.0.${host}`,
              nsg: azureNsgName(n),
            },
          ],
        }),
      ];
    }).flat(),
  ];
}

const REGION = "eu-west-1";
const Described = z.looseObject({
  DescribeInstances: z.looseObject({ Reservations: z.array(z.unknown()) }),
  DescribeNetworkInterfaces: z.looseObject({ NetworkInterfaces: z.array(z.unknown()) }),
  DescribeSecurityGroups: z.looseObject({ SecurityGroups: z.array(z.unknown()) }),
});

/** Copies of the demonstration's `ec2-build-01`; two and two share a security group. */
function awsMachines(demo: WorldDocuments["aws"], count: number): WorldDocuments["aws"] {
  const [account, ...others] = demo.accounts;
  if (account === undefined) throw new Error("the demonstration's world has no account");
  const region = Described.parse(account.regions[REGION]);
  const holding = (documents: readonly unknown[], text: string): string => {
    const found = documents.map((one) => JSON.stringify(one)).find((one) => one.includes(text));
    if (found === undefined) throw new Error(`the demonstration's world has no ${text}`);
    return found;
  };
  const group = holding(region.DescribeSecurityGroups.SecurityGroups, '"GroupName":"build"');
  const groupId = z.looseObject({ GroupId: z.string() }).parse(JSON.parse(group)).GroupId;
  const reservation = holding(region.DescribeInstances.Reservations, '"ec2-build-01"');
  const nic = holding(region.DescribeNetworkInterfaces.NetworkInterfaces, '"198.51.100.12"');

  const copyOf = (document: string, n: number): unknown =>
    JSON.parse(
      document
        .replaceAll("ec2-build-01", awsName(n))
        .replaceAll(groupId, groupIdOf(n))
        .replaceAll('"build"', `"estate-${Math.floor(n / 2)}"`)
        .replaceAll("10.20.1.12", `10.20.1.${n + 100}`)
        .replaceAll("198.51.100.12", `20.200.0.${n + 1}`)
        // Every other id ends in its own digits; a prefix of ours makes them new ones.
        .replaceAll(/"(i|eni|eni-attach|r|eipassoc|eipalloc|vol)-0[0-9a-f]{2}/g, `"$1-e${String(n).padStart(2, "0")}`),
    );
  const all = Array.from({ length: count }, (_, n) => n);
  const documents = {
    ...region,
    DescribeInstances: { Reservations: all.map((n) => copyOf(reservation, n)) },
    DescribeNetworkInterfaces: { NetworkInterfaces: all.map((n) => copyOf(nic, n)) },
    DescribeSecurityGroups: {
      SecurityGroups: [
        ...region.DescribeSecurityGroups.SecurityGroups,
        ...all.filter((n) => n % 2 === 0).map((n) => copyOf(group, n)),
      ],
    },
  };
  return { accounts: [{ ...account, regions: { [REGION]: documents } }, ...others] };
}

const groupIdOf = (n: number): string => `sg-e${String(Math.floor(n / 2)).padStart(16, "0")}`;
