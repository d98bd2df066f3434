import { Cidr } from "@sallyport/contracts";
import type { Family } from "@sallyport/contracts";
import { everyAddress, stretchesOf, without } from "../network/stretch.ts";
import type { Stretch } from "../network/stretch.ts";

/** Ranges that no packet from the Internet comes from: private, local, reserved, and Azure's own host. */
const ELSEWHERE = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "168.63.129.16/32",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/3",
  "::/8",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
].map((range) => Cidr.parse(range));

const internetOf = (family: Family): readonly Stretch[] =>
  without([everyAddress(family)], stretchesOf(family, ELSEWHERE));

/** Where attackers come from. A rule that lets only private sources in exposes nothing to them (seed.md §8, E14). */
export const internet: Readonly<Record<Family, readonly Stretch[]>> = {
  ipv4: internetOf("ipv4"),
  ipv6: internetOf("ipv6"),
};
