import fc from "fast-check";
import { matchesAction } from "./match-action.ts";

describe("matching an action against a role's pattern", () => {
  it.each([
    ["*", "Microsoft.Compute/virtualMachines/read"],
    ["*/read", "Microsoft.Compute/virtualMachines/read"],
    ["Microsoft.Network/*/read", "Microsoft.Network/networkInterfaces/read"],
    ["Microsoft.Network/*/read", "Microsoft.Network/networkInterfaces/ipConfigurations/read"],
    ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/roleAssignments/delete"],
    ["Microsoft.Compute/virtualMachines/*", "Microsoft.Compute/virtualMachines/start/action"],
    ["MICROSOFT.COMPUTE/virtualmachines/READ", "Microsoft.Compute/virtualMachines/read"],
    ["Microsoft.Comp*/virtual*s/read", "Microsoft.Compute/virtualMachines/read"],
  ])("%s covers %s", (pattern, action) => expect(matchesAction(pattern, action)).toBe(true));

  it.each([
    ["Microsoft.Compute/virtualMachines/read", "Microsoft.Compute/virtualMachines/write"],
    ["Microsoft.Compute/virtualMachines", "Microsoft.Compute/virtualMachines/read"],
    ["*/read", "Microsoft.Compute/virtualMachines/reader"],
    ["Microsoft.Network/*/read", "Microsoft.Networking/interfaces/read"],
    ["Microsoft.Network/*/read", "Microsoft.Networkread"],
    ["Microsoft.Network/*/read", "Microsoft.Network/proofread"],
    ["/*/", "/a"],
    ["Microsoft.Network/*", "Microsoft.Network"],
    ["", "Microsoft.Network/publicIPAddresses/read"],
  ])("%s does not cover %s", (pattern, action) => expect(matchesAction(pattern, action)).toBe(false));

  it("lets a star that is a whole segment stand for none: reading all below a type covers reading it", () => {
    expect(
      matchesAction("Microsoft.Network/networkInterfaces/*/read", "Microsoft.Network/networkInterfaces/read"),
    ).toBe(true);
    expect(matchesAction("A/*/*/read", "A/read")).toBe(true);
  });

  it("takes a required read of all below a type as met by reading the type", () => {
    const required = "Microsoft.Network/networkInterfaces/*/read";
    expect(matchesAction("Microsoft.Network/networkInterfaces/read", required)).toBe(true);
    expect(matchesAction(required, required)).toBe(true);
    expect(matchesAction("Microsoft.Network/*/read", required)).toBe(true);
    expect(matchesAction("Microsoft.Network/networkInterfaces/ipConfigurations/read", required)).toBe(false);
  });

  it("answers at once for a pattern of many stars", () => {
    const pattern = `${"*a".repeat(200)}b`;
    expect(matchesAction(pattern, "a".repeat(400))).toBe(false);
  });

  const letters = fc.string({ unit: fc.constantFrom("a", "B", "/", "."), minLength: 1, maxLength: 8 });
  const patterns = fc.string({ unit: fc.constantFrom("a", "b", "/", ".", "*"), maxLength: 8 });

  it("covers every action by itself and by a star, in any case", () => {
    fc.assert(
      fc.property(letters, (action) => {
        expect(matchesAction(action, action)).toBe(true);
        expect(matchesAction(action.toUpperCase(), action.toLowerCase())).toBe(true);
        expect(matchesAction("*", action)).toBe(true);
      }),
    );
  });

  // A star that is a whole segment may also be none.
  const readings: Readonly<Record<string, string>> = { "*/": "(?:.*/)?", "*": ".*", ".": "[.]" };

  it("agrees with the same pattern written as a regular expression", () => {
    fc.assert(
      fc.property(patterns, letters, (pattern, action) => {
        const expression = pattern.replaceAll(/(?<=\/)\*\/|\*|\./g, (part) => readings[part] ?? part);
        expect(matchesAction(pattern, action)).toBe(new RegExp(`^${expression}$`, "is").test(action));
      }),
      { numRuns: 5000 },
    );
  });
});
