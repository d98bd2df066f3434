import { readMark } from "../mark.ts";
import { MARK_TAG } from "./names.ts";
import type { AwsGroup, AwsNet } from "./net.ts";

const isGrants = ({ tags }: AwsGroup): boolean =>
  tags.some(({ key, value }) => key === MARK_TAG && readMark(value)?.claim.kind === "grant");

/** The same network as it would be without what says that it belongs to a grant of ours; the very same value where nothing does. */
export function withoutGrants(net: AwsNet): AwsNet {
  const own = new Set(net.groups.filter(isGrants).map(({ key }) => key));
  if (own.size === 0) return net;
  return {
    ...net,
    groups: net.groups.filter(({ key }) => !own.has(key)),
    interfaces: net.interfaces.map((one) =>
      one.groups.some((key) => own.has(key)) ? { ...one, groups: one.groups.filter((key) => !own.has(key)) } : one,
    ),
  };
}
