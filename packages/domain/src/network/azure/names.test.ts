import fc from "fast-check";
import type { GrantId, LockdownId } from "@sallyport/contracts";
import { DEFAULT_RULES } from "./default-rules.ts";
import { allowName, denyName, spellings } from "./names.ts";

const id = fc.stringMatching(/^[a-z0-9]{8,32}$/);

const defaults = new Set(DEFAULT_RULES.map(({ name }) => name.toLowerCase()));
/** What ARM takes (azure.md §7). */
const isRuleName = (name: string): boolean =>
  name.length <= 80 && /^\w(?:[\w.-]*\w)?$/.test(name) && !defaults.has(name.toLowerCase());

describe("the names of our rules", () => {
  it("are such as Azure takes, at most 80 characters, and none of a default rule's (P56)", () => {
    fc.assert(
      fc.property(
        id,
        fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 32 }),
        (one, ports) => {
          for (const name of [
            denyName(one as LockdownId, "ipv6", "*", ports),
            allowName(one as GrantId, 0),
            allowName(one as GrantId, 63),
          ])
            for (const spelling of [name, spellings(name).next().value ?? "", `${name}.99`])
              expect(isRuleName(spelling)).toBe(true);
        },
      ),
    );
  });

  it("tell ports, families and transports apart, also where the list is cut", () => {
    const lockdown = "l0ckd0wn1" as LockdownId;
    const many = Array.from({ length: 32 }, (_, n) => 40_000 + n);
    const names = [
      denyName(lockdown, "ipv4", "tcp", [22]),
      denyName(lockdown, "ipv6", "tcp", [22]),
      denyName(lockdown, "ipv4", "udp", [22]),
      denyName(lockdown, "ipv4", "tcp", [22, 23]),
      denyName(lockdown, "ipv4", "tcp", many),
      denyName(lockdown, "ipv4", "tcp", many.slice(0, 31)),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});
