import { Address, port } from "@sallyport/contracts";
import { everySource } from "../network/address-set.ts";
import { sizeOf } from "../network/stretch.ts";
import { openDoors } from "./open-door.ts";

describe("who gets in by a door", () => {
  it("is told for each machine by itself, though machines behind the same rules share their parts", () => {
    const exposures = everySource("ipv4", "allowed", "nsg/allow-all").parts.map((part) => ({
      address: Address.parse("10.0.0.4"),
      port: port(22),
      protocol: "tcp" as const,
      part,
    }));
    const addressesIn = (isOnInternet: boolean) =>
      openDoors(exposures, isOnInternet).map(({ sources }) => sizeOf(sources.ipv4));
    const all = 1n << 32n;
    expect(addressesIn(true)).toEqual([all]);
    expect(addressesIn(false)[0]).toBeLessThan(all);
    expect(addressesIn(true)).toEqual([all]);
  });
});
