import { ANY_SOURCE, Cidr, PortAccess, boundsOf, familyOf, seconds } from "@sallyport/contracts";
import { aPolicy, cidrs } from "@sallyport/testkit";
import fc from "fast-check";
import { checkRequest, isWithin } from "./check-request.ts";

const limits = { shortest: seconds(300), longest: seconds(86_400) };
const ssh = (sources: readonly string[] | "*" = ["203.0.113.7"]) => PortAccess.parse({ port: 22, sources });
const check = (policy: Parameters<typeof checkRequest>[0], ports = [ssh()], duration = 3600) =>
  checkRequest(policy, { ports, duration: seconds(duration) }, limits);
const codes = (...of: Parameters<typeof check>) =>
  check(...of).map(({ code, field }) => `${code} ${field ?? ""}`.trim());

describe("checking a request against the policy", () => {
  it("lets pass what the policy allows", () => expect(check(aPolicy())).toEqual([]));

  it("refuses everything on a VM without a policy", () => expect(codes(undefined)).toEqual(["policy.none"]));

  it("refuses a port or a protocol that the policy does not cover, naming both", () => {
    const udp = PortAccess.parse({ port: 22, protocol: "udp", sources: ["203.0.113.7"] });
    const rdp = PortAccess.parse({ port: 3389, sources: ["203.0.113.7"] });
    expect(codes(aPolicy(), [ssh(), udp, rdp])).toEqual([
      "policy.port-not-covered /ports/1/port",
      "policy.port-not-covered /ports/2/port",
    ]);
    expect(check(aPolicy(), [rdp])[0]).toMatchObject({ expected: "one of 22/tcp" });
  });

  it("takes a rule for every protocol for one, and the rule for the very protocol before it", () => {
    const every = { port: 22, protocol: "*" as const, maxDuration: 7200 };
    expect(codes(aPolicy({ ports: [every] }))).toEqual([]);
    const both = aPolicy({ ports: [every, { port: 22, protocol: "tcp", maxDuration: 600 }] });
    expect(codes(both)).toEqual(["policy.duration-too-long /duration"]);
  });

  it("does not take a rule for one protocol for every protocol", () => {
    const all = PortAccess.parse({ port: 22, protocol: "*", sources: ["203.0.113.7"] });
    expect(codes(aPolicy(), [all])).toEqual(["policy.port-not-covered /ports/0/port"]);
  });

  it.each([
    ["10.21.254.7", ["10.21.254.0/24"], true],
    ["10.21.254.0/24", ["10.21.254.0/24"], true],
    ["10.21.254.0/25", ["10.21.254.0/24"], true],
    ["10.21.254.0/23", ["10.21.254.0/24"], false],
    ["10.21.255.0/24", ["10.21.254.0/24"], false],
    ["10.21.254.0/24", ["10.21.254.0/25", "10.21.254.128/25"], true],
    ["10.21.254.0/24", ["10.21.254.128/25", "10.21.254.0/26"], false],
    ["2001:db8::7", ["2001:db8::/32"], true],
    ["2001:db9::7", ["2001:db8::/32"], false],
    ["::/0", ["0.0.0.0/0"], false],
    ["0.0.0.0/0", ["::/0"], false],
    ["203.0.113.7", ["0.0.0.0/0"], true],
  ])("source %s within %j: %s (P53)", (source, allowedSources, isAllowed) => {
    const policy = aPolicy({ ports: [{ port: 22, allowedSources, maxDuration: 10_800 }] });
    expect(codes(policy, [ssh([source])])).toEqual(isAllowed ? [] : ["policy.source-not-covered /ports/0/sources/0"]);
  });

  it("refuses any source where the policy allows one family only, naming the other", () => {
    const policy = aPolicy({ ports: [{ port: 22, allowedSources: ["0.0.0.0/0"], maxDuration: 10_800 }] });
    expect(check(policy, [ssh("*")])).toMatchObject([
      { field: "/ports/0/sources/1", detail: expect.stringContaining("::/0") },
    ]);
    expect(check(aPolicy(), [ssh("*")])).toEqual([]);
  });

  it("holds every request to the strictest of its ports and the deployment's limit", () => {
    const policy = aPolicy({
      ports: [
        { port: 22, maxDuration: 10_800 },
        { port: 3389, maxDuration: 3600 },
      ],
    });
    const rdp = PortAccess.parse({ port: 3389, sources: ["203.0.113.7"] });
    expect(codes(policy, [ssh()], 10_800)).toEqual([]);
    expect(codes(policy, [ssh()], 10_801)).toEqual(["policy.duration-too-long /duration"]);
    expect(check(policy, [ssh(), rdp], 3601)).toMatchObject([
      { expected: "at most PT1H", detail: expect.stringContaining("3389/tcp") },
    ]);
    const generous = aPolicy({ ports: [{ port: 22, maxDuration: 900_000 }] });
    expect(check(generous, [ssh()], 86_401)).toMatchObject([{ expected: "at most P1D" }]);
    expect(codes(generous, [ssh()], 86_400)).toEqual([]);
  });

  it("refuses less than the shortest time", () => {
    expect(codes(aPolicy(), [ssh()], 299)).toEqual(["policy.duration-too-short /duration"]);
    expect(codes(aPolicy(), [ssh()], 300)).toEqual([]);
  });

  it("names everything that is wrong at once", () => {
    const policy = aPolicy({ ports: [{ port: 22, allowedSources: ["10.0.0.0/8"], maxDuration: 600 }] });
    expect(codes(policy, [ssh()], 601)).toEqual([
      "policy.source-not-covered /ports/0/sources/0",
      "policy.duration-too-long /duration",
    ]);
  });
});

describe("containment of a source", () => {
  it("is that every single address is allowed by some range", () => {
    fc.assert(
      fc.property(fc.array(cidrs, { maxLength: 4 }), cidrs, (allowed, source) => {
        const { first, last } = boundsOf(source);
        // Where a range begins or ends is the only place where the answer can change.
        const edges = allowed
          .filter((range) => familyOf(range) === familyOf(source))
          .map(boundsOf)
          .flatMap((range) => [range.first - 1n, range.first, range.last, range.last + 1n]);
        const probes = [first, last, ...edges.filter((n) => n >= first && n <= last)];
        const isAllowed = (n: bigint) =>
          allowed.some((range) => {
            const bounds = boundsOf(range);
            return familyOf(range) === familyOf(source) && bounds.first <= n && n <= bounds.last;
          });
        expect(isWithin(allowed, source)).toBe(probes.every(isAllowed));
      }),
    );
  });

  it("holds for whatever lies in any source", () => {
    fc.assert(fc.property(cidrs, (source) => expect(isWithin(ANY_SOURCE, source)).toBe(true)));
    expect(isWithin([], Cidr.parse("10.0.0.1"))).toBe(false);
  });
});
