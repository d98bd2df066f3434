import type { Exposure } from "@sallyport/domain";
import type { StoredExposure } from "./tables.ts";

export const storedExposure = ({ address, port, protocol, part }: Exposure): StoredExposure => {
  const { first, last, ...rest } = part;
  return { address, port, protocol, ...rest, first: `${first}`, last: `${last}` };
};

export const readExposure = ({ address, port, protocol, first, last, ...rest }: StoredExposure): Exposure => ({
  address,
  port,
  protocol,
  part: { ...rest, first: BigInt(first), last: BigInt(last) },
});
