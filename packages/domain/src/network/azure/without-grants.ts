import { readMark } from "../mark.ts";
import type { AzureNet } from "./net.ts";

const isGrants = ({ description }: { readonly description: string }): boolean =>
  readMark(description)?.claim.kind === "grant";

/** The same network as it would be without what says that it belongs to a grant of ours; the very same value where nothing does. */
export function withoutGrants(net: AzureNet): AzureNet {
  const nsgs = net.nsgs.some(({ rules }) => rules.some(isGrants))
    ? net.nsgs.map((nsg) =>
        nsg.rules.some(isGrants) ? { ...nsg, rules: nsg.rules.filter((one) => !isGrants(one)) } : nsg,
      )
    : net.nsgs;
  const firewalls = net.firewalls.some(({ collections }) => collections.some(({ rules }) => rules.some(isGrants)))
    ? net.firewalls.map((firewall) => ({
        ...firewall,
        collections: firewall.collections.map((one) => ({
          ...one,
          rules: one.rules.filter((rule) => !isGrants(rule)),
        })),
      }))
    : net.firewalls;
  return nsgs === net.nsgs && firewalls === net.firewalls ? net : { ...net, nsgs, firewalls };
}
