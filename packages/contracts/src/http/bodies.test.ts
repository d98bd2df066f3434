import type { z } from "zod";
import { ExtensionBody } from "./grant-bodies.ts";
import { NewAccessRequest } from "./access-request-bodies.ts";
import { fieldProblems } from "./field-problems.ts";
import { PolicyBody } from "./policy-bodies.ts";

const ask = { vm: "vm-7", ports: [22], sources: ["203.0.113.7"], duration: "PT2H" };
const problemsIn = (schema: z.ZodType, body: unknown) => {
  const { error } = schema.safeParse(body);
  return error === undefined ? [] : fieldProblems(error);
};
const wrongIn = (schema: z.ZodType, body: unknown): readonly string[] =>
  problemsIn(schema, body).map(({ field }) => field);

describe("the body of an access request", () => {
  it("is read into whole seconds, canonical sources and UTC", () => {
    expect(NewAccessRequest.parse(ask)).toMatchObject({ duration: 7200, sources: ["203.0.113.7/32"] });
    const { duration: _, ...open } = ask;
    expect(NewAccessRequest.parse({ ...open, endTime: "2026-01-31T12:00:00+02:00" }).endTime).toBe(
      "2026-01-31T10:00:00.000Z",
    );
  });

  it("lets each port say its own protocol, sources and time", () => {
    const ports = [{ port: 53, protocol: "udp", sources: "*", duration: "PT5M" }];
    expect(wrongIn(NewAccessRequest, { vm: "vm-7", ports })).toEqual([]);
  });

  it.each<[string, object, string]>([
    ["no VM", { vm: undefined }, "/vm"],
    ["both vm and vms", { vms: ["vm-8"] }, "/vm"],
    ["no ports", { ports: [] }, "/ports"],
    ["a port of 0", { ports: [0] }, "/ports/0"],
    ["a port in text", { ports: ["22"] }, "/ports/0"],
    ["a port twice", { ports: [22, { port: 22 }] }, "/ports/1"],
    ["no sources", { sources: undefined }, "/sources"],
    ["host bits in a range", { sources: ["10.0.0.1/24"] }, "/sources/0"],
    ["an octal address", { sources: ["203.0.113.7", "010.0.0.1"] }, "/sources/1"],
    ["an IPv4-mapped address", { sources: ["::ffff:1.2.3.4"] }, "/sources/0"],
    ["a duration in months", { duration: "P1M" }, "/duration"],
    ["a duration in weeks", { duration: "P1W" }, "/duration"],
    ["a duration in seconds as a number", { duration: 7200 }, "/duration"],
    ["a duration and an end", { endTime: "2026-01-31T10:00:00Z" }, "/duration"],
    ["neither duration nor end", { duration: undefined }, "/duration"],
    ["an end without an offset", { duration: undefined, endTime: "2026-01-31T10:00:00" }, "/endTime"],
    ["a misspelt field", { durration: "PT1H" }, "/durration"],
  ])("with %s is refused, naming the field", (_what, change, field) => {
    expect(wrongIn(NewAccessRequest, { ...ask, ...change })).toContain(field);
  });
});

describe("the body of a policy", () => {
  it("needs its ports alone; the rest has defaults", () => {
    expect(PolicyBody.parse({ ports: [{ port: 22 }] })).toEqual({
      ports: [{ port: 22, protocol: "tcp", allowedSources: ["0.0.0.0/0", "::/0"], maxDuration: 10_800 }],
      approval: { required: false, waitAtMost: 3600, needed: 1, selfApproval: false },
      lockdown: { precedence: "seed", sharedGroups: "refuse" },
    });
  });

  it.each<[string, object, string]>([
    ["a misspelt limit", { ports: [{ port: 22, maxDurration: "PT1H" }] }, "/ports/0/maxDurration"],
    ["a port twice", { ports: [{ port: 22 }, { port: 22 }] }, "/ports"],
    ["a limit in years", { ports: [{ port: 22, maxDuration: "P1Y" }] }, "/ports/0/maxDuration"],
    ["an unknown precedence", { ports: [{ port: 22 }], lockdown: { precedence: "first" } }, "/lockdown/precedence"],
  ])("with %s is refused", (_what, body, field) => {
    expect(wrongIn(PolicyBody, body)).toContain(field);
  });
});

describe("the body of an extension", () => {
  it("has exactly one of duration and endTime", () => {
    expect(wrongIn(ExtensionBody, {})).toEqual(["/duration"]);
    expect(wrongIn(ExtensionBody, { duration: "PT1H", endTime: "2026-01-31T10:00:00Z" })).toEqual(["/duration"]);
    expect(wrongIn(ExtensionBody, { duration: "PT1H" })).toEqual([]);
  });
});

describe("what is wrong with a field", () => {
  const expected = (change: object) => problemsIn(NewAccessRequest, { ...ask, ...change }).map((one) => one.expected);

  it.each<[object, string]>([
    [{ ports: ["22"] }, "a number or an object"],
    [{ ports: [0] }, "at least 1"],
    [{ ports: [22.5] }, "a whole number or an object"],
    [{ sources: "10.0.0.1" }, '"*" or an array'],
    [{ justification: "x".repeat(1001) }, "at most 1000 characters"],
    [{ ports: [{ port: 22, protocol: "sctp" }] }, "one of tcp, udp, *"],
    [{ durration: "PT1H" }, "to be left out"],
  ])("%#: says what would be accepted", (change, text) => {
    expect(expected(change)).toContain(text);
  });

  it("escapes names in its pointers, and never quotes a value", () => {
    const problems = problemsIn(NewAccessRequest, { ...ask, "a/b~c": "hunter2", reference: ["hunter2"] });
    expect(problems.map(({ field }) => field)).toEqual(expect.arrayContaining(["/a~1b~0c", "/reference"]));
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});
