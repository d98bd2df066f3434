import { GrantId } from "./ids.ts";
import { JitPolicy } from "./policy.ts";
import { Port, protocolsMeet } from "./port.ts";
import { Sources } from "./sources.ts";
import { exampleVm } from "./examples.ts";

const policy = (ports: readonly unknown[]) =>
  JitPolicy.safeParse({ vm: exampleVm, ports, version: 1, updatedAt: "2026-01-31T10:00:00.000Z" });

describe("a JIT policy", () => {
  it("needs a port and the longest time, and allows any source unless it says otherwise", () => {
    const read = policy([{ port: 22, maxDuration: 3600 }]).data;
    expect(read?.ports).toEqual([
      { port: 22, protocol: "tcp", allowedSources: ["0.0.0.0/0", "::/0"], maxDuration: 3600 },
    ]);
    expect(read?.approval.required).toBe(false);
    expect(read?.lockdown).toEqual({ precedence: "seed", sharedGroups: "refuse" });
  });

  it("names each port and protocol once", () => {
    const rule = { port: 22, maxDuration: 60 };
    expect(policy([rule, rule]).success).toBe(false);
    expect(policy([rule, { ...rule, protocol: "udp" }]).success).toBe(true);
  });

  it("covers at least one port", () => {
    expect(policy([]).success).toBe(false);
  });
});

describe("sources", () => {
  it('reads "*" as every address of both families', () => {
    expect(Sources.parse("*")).toEqual(["0.0.0.0/0", "::/0"]);
  });

  it("are sorted and each once, so that equal ones are equal text", () => {
    expect(Sources.parse(["10.0.0.2", "10.0.0.1", "10.0.0.2/32"])).toEqual(["10.0.0.1/32", "10.0.0.2/32"]);
  });

  it.each([[[]], ["10.0.0.1"], [["any"]], [["*"]], [null]])("refuse %j", (value) => {
    expect(Sources.safeParse(value).success).toBe(false);
  });
});

describe("a port", () => {
  it.each([[1], [22], [65_535]])("may be %d", (n) => {
    expect(Port.parse(n)).toBe(n);
  });

  it.each([[0], [65_536], [-1], [22.5], ["22"], [Number.NaN], [null]])("is not %p", (n) => {
    expect(Port.safeParse(n).success).toBe(false);
  });

  it("of any protocol meets every other", () => {
    expect(protocolsMeet("*", "udp")).toBe(true);
    expect(protocolsMeet("tcp", "udp")).toBe(false);
    expect(protocolsMeet("tcp", "tcp")).toBe(true);
  });
});

describe("a grant's id", () => {
  it.each([["short"], ["UPPERCASE12"], ["with-dash-12"], ["a".repeat(33)]])(
    "is not %s: it must be safe in rule names and job ids",
    (text) => {
      expect(GrantId.safeParse(text).success).toBe(false);
    },
  );
});
