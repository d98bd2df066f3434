import type { Family } from "@sallyport/contracts";
import { everyAddress, overlap, without } from "../stretch.ts";
import type { Stretch } from "../stretch.ts";
import { stretchIn } from "./extent.ts";
import type { RouteTable, Vnet } from "./net.ts";

/** Some addresses for certain, and some of which nobody here knows, with the reason. */
export interface Known {
  readonly certain: readonly Stretch[];
  readonly perhaps: readonly Stretch[];
  readonly reason: string;
}

/** Azure's own host: load balancer probes, DHCP, DNS. */
const PLATFORM = "168.63.129.16/32";

/** What no packet from the Internet carries as its source. */
const NOT_INTERNET = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/3",
  PLATFORM,
  "::/8",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
];

/** Where other private networks, reached through a gateway, have their addresses. */
const PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/** The private address space. */
export const privateIn = (family: Family): readonly Stretch[] => stretchesIn(family, PRIVATE);

/** Texts of a rule, a network or a route as addresses of one family. */
const stretchesIn = (family: Family, texts: readonly string[]): readonly Stretch[] =>
  texts.flatMap((text) => {
    const range = stretchIn(text);
    return range?.family === family ? [{ first: range.first, last: range.last }] : [];
  });

const NOWHERE_PUBLIC: Readonly<Record<Family, readonly Stretch[]>> = {
  ipv4: stretchesIn("ipv4", NOT_INTERNET),
  ipv6: stretchesIn("ipv6", NOT_INTERNET),
};

/** What a service tag stands for, seen from one subnet. Only three tags can be told; the ranges of all others change weekly. */
export function addressesOfTag(
  tag: string,
  family: Family,
  vnet: Vnet | undefined,
  routes: RouteTable | undefined,
): Known {
  const all = [everyAddress(family)];
  const own = stretchesIn(family, [...(vnet?.prefixes ?? []), ...(vnet?.peers ?? []), PLATFORM]);
  const internet = without(all, [...NOWHERE_PUBLIC[family], ...own]);
  const routed = stretchesIn(family, routes?.routes.map(({ prefix }) => prefix) ?? []);
  switch (tag) {
    case "virtualnetwork": {
      const beyond = vnet?.hasGateway === true ? stretchesIn(family, PRIVATE) : [];
      const perhaps = vnet === undefined ? all : without([...beyond, ...routed], own);
      return {
        certain: own,
        perhaps,
        reason: "how far VirtualNetwork reaches through gateways and routes is not known",
      };
    }
    case "azureloadbalancer":
      return { certain: stretchesIn(family, [PLATFORM]), perhaps: [], reason: "" };
    case "internet":
      return {
        certain: vnet === undefined ? [] : without(internet, routed),
        perhaps: vnet === undefined ? all : overlap(internet, routed),
        reason: "how far VirtualNetwork reaches is not known, and Internet is the rest",
      };
    default:
      return { certain: [], perhaps: internet, reason: `the addresses of the service tag ${tag} are not known` };
  }
}
