/**
 * How the members of an answer are called on the wire. EC2 writes `vpcId` for `VpcId` and `<item>` for the elements of a list; what
 * it calls otherwise stands here, with a pair where the names inside are special as well.
 */
export interface Names {
  readonly [member: string]: string | readonly [string, Names];
}

/** Special everywhere. */
const EVERYWHERE: Names = {
  Tags: "tagSet",
  Groups: "groupSet",
  Ipv6Addresses: "ipv6AddressesSet",
  PrivateIpAddresses: "privateIpAddressesSet",
  Ipv4Prefixes: "ipv4PrefixSet",
  Ipv6Prefixes: "ipv6PrefixSet",
  NetworkInterfaces: "networkInterfaceSet",
  UserIdGroupPairs: "groups",
};

export const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (char) => `&#${char.codePointAt(0) ?? 0};`).replace(/[^\t\n\r\u0020-\uFFFD]/g, "");

/** The element's name for a member, and the special names inside it. */
export function spelling(names: Names, member: string): readonly [string, Names] {
  const special = names[member] ?? EVERYWHERE[member];
  return typeof special === "string" ? [special, {}] : (special ?? [lowerFirst(member), {}]);
}

/** The members of an answer as elements. Absent ones are left out, empty lists are empty elements, as EC2 does. */
export function elementsOf(members: object, names: Names): string {
  return Object.entries(members)
    .map(([member, value]) => {
      const [name, inner] = spelling(names, member);
      return element(name, value, inner);
    })
    .join("");
}

/** STS spells elements as its members are called. */
export function plainElementsOf(members: object): string {
  return Object.entries(members)
    .map(([name, value]) => element(name, value, {}, plainElementsOf))
    .join("");
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function element(name: string, value: unknown, names: Names, inside = elementsOf): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => element("item", item, names)).join("");
    return items === "" ? `<${name}/>` : `<${name}>${items}</${name}>`;
  }
  if (typeof value === "object") return `<${name}>${inside(value, names)}</${name}>`;
  if (typeof value === "string") return value === "" ? `<${name}/>` : `<${name}>${escapeXml(value)}</${name}>`;
  return typeof value === "number" || typeof value === "boolean" ? `<${name}>${value}</${name}>` : "";
}
