import { demoWorld, idIn, machine, nsg, vnet } from "@sallyport/simulator";
import type { Place, WorldDocuments } from "@sallyport/simulator";

/** So that ARM's budgets, which are a subscription's, are not what is measured. */
const PER_SUBSCRIPTION = 4;
const name = (prefix: string, n: number) => `${prefix}-${String(n).padStart(4, "0")}`;
const subscriptionOf = (n: number): string =>
  `5a11b007-0000-4000-9000-${String(Math.floor(n / PER_SUBSCRIPTION)).padStart(12, "0")}`;

/** Azure machines, each behind an NSG of its own with port 22 open to everybody; nothing on AWS. */
export function benchEstate(count: number): WorldDocuments {
  const demo = demoWorld();
  const all = Array.from({ length: count }, (_, n) => n);
  const subscriptions = [...new Set(all.map(subscriptionOf))].map((subscriptionId) => {
    const place: Place = { subscriptionId, group: "rg-bench", location: "westeurope" };
    const own = all.filter((n) => subscriptionOf(n) === subscriptionId);
    return {
      subscriptionId,
      displayName: subscriptionId,
      resources: [
        vnet(place, "vnet-bench", ["10.0.0.0/16"], [{ name: "snet", prefixes: ["10.0.0.0/24"] }]),
        ...own.flatMap((n, i) => [
          nsg(place, name("nsg", n), [["allow-ssh", "Allow", 1000, "22", "*"]]),
          ...machine(place, place, "vnet-bench", {
            name: name("vm", n),
            os: "Linux",
            interfaces: [
              {
                subnet: "snet",
                privateIp: `10.0.0.${i + 4}`,
                publicIp: `20.${n >> 8}.${n & 255}.1`,
                nsg: name("nsg", n),
              },
            ],
          }),
        ]),
      ],
    };
  });
  return {
    azure: { ...demo.azure, subscriptions },
    aws: {
      accounts: demo.aws.accounts.map((one) => ({
        ...one,
        regions: Object.fromEntries(Object.keys(one.regions).map((region) => [region, {}])),
      })),
    },
  };
}

/** The canonical id of the nth machine. */
export const benchVm = (n: number): string =>
  idIn(
    { subscriptionId: subscriptionOf(n), group: "rg-bench", location: "" },
    "Microsoft.Compute/virtualMachines",
    name("vm", n),
  ).toLowerCase();

/** Which machine a call to ARM is about. */
export function machineIn(url: string): number | undefined {
  const digits = /\/(?:vm|nsg)-(\d{4})(?:-nic|-ip)?(?=[/?]|$)/i.exec(url)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
