import fc from "fast-check";
import { covers, isSameScope, isScope } from "./scope.ts";

const sub = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001";
const vm = `${sub}/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/vm-1`;
const above = { [sub]: ["production", "company"] };
const group = (name: string) => `/providers/Microsoft.Management/managementGroups/${name}`;

describe("scopes", () => {
  it.each(["/", sub, `${sub}/resourceGroups/rg-shop`, vm])("%s applies to a VM below it", (scope) =>
    expect(covers(scope, vm, {})).toBe(true),
  );

  it("do not apply to a sibling group whose name is a prefix (P24)", () => {
    expect(covers(`${sub}/resourceGroups/rg`, vm.replace("rg-shop", "rg2"), {})).toBe(false);
    expect(covers(`${sub}/resourceGroups/rg-sho`, vm, {})).toBe(false);
  });

  it("do not apply upwards", () => expect(covers(vm, `${sub}/resourceGroups/rg-shop`, {})).toBe(false));

  it("have no case", () => {
    expect(covers(`${sub}/RESOURCEGROUPS/RG-SHOP`.toUpperCase(), vm.toLowerCase(), {})).toBe(true);
    expect(isSameScope(vm.toUpperCase(), vm)).toBe(true);
    expect(isSameScope(sub, vm)).toBe(false);
  });

  it("of a management group apply through the chain above the subscription, near or far", () => {
    expect(covers(group("Production"), vm, above)).toBe(true);
    expect(covers(group("company"), vm, above)).toBe(true);
    expect(covers(group("test"), vm, above)).toBe(false);
    expect(covers(group("company"), vm, {})).toBe(false);
  });

  it("of a management group are no text prefix of anything", () =>
    expect(covers("/providers/Microsoft.Management/managementGroups", `${group("x")}/y`, {})).toBe(true));

  it.each(["", "subscriptions/x", "/subscriptions//x", `${sub}/`, "/subscriptions", "/subscriptions/a b", "/x/y"])(
    "%j is none",
    (text) => expect(isScope(text)).toBe(false),
  );
  it.each([
    "/resourceGroups",
    "/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines",
    "/x/y",
    "/providers/z",
  ])("half an id (…%s) is none: it would cover everything below", (end) => expect(isScope(sub + end)).toBe(false));
  it.each(["/", sub, vm, group("x")])("%s is one", (text) => expect(isScope(text)).toBe(true));

  const segments = fc.array(fc.constantFrom("a", "aa", "A", "b", "ab"), { minLength: 1, maxLength: 4 });
  const joined = (parts: readonly string[]) => `/${parts.join("/")}`;

  it("apply exactly to what begins with the same segments", () => {
    fc.assert(
      fc.property(segments, segments, (scope, resource) => {
        const same = scope.every((part, at) => part.toLowerCase() === resource[at]?.toLowerCase());
        expect(covers(joined(scope), joined(resource), {})).toBe(same);
      }),
    );
  });

  it("apply to everything below what they apply to", () => {
    fc.assert(
      fc.property(segments, segments, (scope, below) =>
        expect(covers(joined(scope), joined([...scope, ...below]), {})).toBe(true),
      ),
    );
  });
});
