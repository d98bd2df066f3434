import { familyOf } from "@sallyport/contracts";
import type { Evidence, Family } from "@sallyport/contracts";
import type { Part } from "../network/address-set.ts";
import type { Exposure } from "../network/exposure.ts";
import { remembered } from "../remembered.ts";
import { overlap, sayStretch } from "../network/stretch.ts";
import type { Stretch } from "../network/stretch.ts";
import { internet } from "./internet.ts";

/** What lets the Internet in, or may: the parts of an exposure cut to sources on the Internet, each with its rule. */
export const fromInternet = (exposures: readonly Exposure[]): readonly Exposure[] =>
  exposures.filter(({ address, part }) => onInternet(part, familyOf(address)).length > 0);

const cuts = new WeakMap<Part, readonly Stretch[]>();

/** Those of a part's sources that are on the Internet. Parts are shared by all VMs behind the same rules. */
const onInternet = (part: Part, family: Family): readonly Stretch[] =>
  remembered(cuts, part, () => overlap([part], internet[family]));

/** One line of evidence for each rule, with the ports and sources that it lets in. */
export function exposingRules(exposures: readonly Exposure[]): readonly Evidence[] {
  const keyOf = ({ part }: Exposure) => `${part.verdict} ${part.by}`;
  const rules = new Map(exposures.map((one) => [keyOf(one), one]));
  return [...rules.values()].map((first) => {
    const ofRule = exposures.filter((one) => keyOf(one) === keyOf(first));
    const ports = [...new Set(ofRule.map(({ port }) => port))].sort((a, b) => a - b).join(", ");
    const sources = [...new Set(ofRule.flatMap(sourcesOf))];
    const { by, verdict, reason } = first.part;
    const doubt = verdict === "unknown" ? `may admit (${reason ?? "it cannot be computed"})` : "admits";
    return rule(by, `${doubt} ${listed(sources)} to ${ports}`);
  });
}

const rule = (object: string, detail: string): Evidence => ({
  kind: "rule",
  object: object.slice(0, 2048),
  detail: detail.slice(0, 1000),
});

const MOST_SOURCES = 5;

const listed = (sources: readonly string[]): string =>
  sources.length <= MOST_SOURCES
    ? sources.join(", ")
    : `${sources.slice(0, MOST_SOURCES).join(", ")} and ${sources.length - MOST_SOURCES} more`;

function sourcesOf({ address, part }: Exposure): readonly string[] {
  const family = familyOf(address);
  const admitted = onInternet(part, family);
  return isAll(admitted, family)
    ? [`any ${family === "ipv4" ? "IPv4" : "IPv6"} source`]
    : admitted.map((one) => sayStretch(family, one));
}

/** The whole Internet of the family. */
const isAll = (stretches: readonly Stretch[], family: Family): boolean =>
  stretches.length === internet[family].length &&
  stretches.every(
    ({ first, last }, at) => first === internet[family][at]?.first && last === internet[family][at]?.last,
  );
