import fc from "fast-check";
import { ScopeId } from "./ids.ts";
import { instantOf } from "./instant.ts";
import { ScanId, scanIdOf, scopeOfScan } from "./scan.ts";

const scopes = fc.oneof(
  fc.uuid().map((id) => ScopeId.parse(id)),
  fc
    .tuple(fc.stringMatching(/^\d{12}$/), fc.stringMatching(/^[a-z]{2}-[a-z]{4,9}-[1-9]$/))
    .map(([account, region]) => ScopeId.parse(`${account}/${region}`)),
);

describe("the id of a scan", () => {
  it("says itself of which scope it is, and is another for any other scope or instant", () => {
    const at = fc.integer({ min: 1e12, max: 4e12 });
    expect(() =>
      fc.assert(
        fc.property(scopes, at, at, (scope, a, b) => {
          const id = scanIdOf(scope, instantOf(a));
          expect(ScanId.parse(id)).toBe(id);
          expect(scopeOfScan(id)).toBe(scope);
          expect(id === scanIdOf(scope, instantOf(b))).toBe(a === b);
        }),
      ),
    ).not.toThrow();
  });

  it("is of no scope when it was made up", () => expect(scopeOfScan(ScanId.parse("-_-_a.mkt7kmw0"))).toBeUndefined());
});
