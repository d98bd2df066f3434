import { plusSeconds, vmKeyOf } from "@sallyport/contracts";
import { aProfile, aVm } from "@sallyport/testkit";
import { anApi, askedBy, classified, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, CallOptions } from "./an-api.conformance.ts";

const SECRET = "hunter2-is-a-secret";
const ask = { vm: aVm(), ports: [22], sources: ["203.0.113.7"], duration: "PT1H" };
let api: ApiUnderTest;

beforeAll(async () => {
  api = await anApi();
  await underJit(api);
  await api.tell(classified(aProfile({ vm: aVm("azure", 2) })));
  for (const n of [3, 4]) await api.tell(classified(aProfile({ vm: aVm("azure", n), name: "Twin" })));
});
afterAll(() => api.close());

const post = (options: CallOptions) =>
  api.call("POST", "/v1/access-requests", {
    as: "alice",
    ...options,
    headers: { "idempotency-key": crypto.randomUUID(), ...options.headers },
  });

describe("a request with bad input", () => {
  const inSeconds = (n: number) => plusSeconds(api.clock.now(), n);

  it.each<[string, () => object, number, string, string | undefined]>([
    ["no JSON object", () => [], 422, "request.invalid", ""],
    ["an unknown VM by its id", () => ({ vm: aVm("azure", 99) }), 404, "vm.unknown", "/vm"],
    ["an unknown VM by its key", () => ({ vm: vmKeyOf(aVm("azure", 99)) }), 404, "vm.unknown", "/vm"],
    ["an unknown VM by its name", () => ({ vm: "vm-99" }), 404, "vm.unknown", "/vm"],
    ["a name that two VMs have", () => ({ vm: "TWIN" }), 422, "vm.ambiguous", "/vm"],
    ["one unknown VM of several", () => ({ vm: undefined, vms: [aVm(), "vm-99"] }), 404, "vm.unknown", "/vms/1"],
    ["a VM without a policy", () => ({ vm: aVm("azure", 2) }), 409, "policy.none", undefined],
    ["a port outside the policy", () => ({ ports: [22, 3389] }), 422, "policy.port-not-covered", "/ports/1"],
    [
      "a port outside the policy, in long form",
      () => ({ ports: [{ port: 3389 }] }),
      422,
      "policy.port-not-covered",
      "/ports/0/port",
    ],
    [
      "another protocol than the policy's",
      () => ({ ports: [{ port: 22, protocol: "udp" }] }),
      422,
      "policy.port-not-covered",
      "/ports/0/port",
    ],
    [
      "a source outside the allowed ranges",
      () => ({ sources: ["203.0.113.7", "198.51.100.1"] }),
      422,
      "policy.source-not-covered",
      "/sources",
    ],
    [
      "a source wider than the allowed range",
      () => ({ sources: ["203.0.112.0/23"] }),
      422,
      "policy.source-not-covered",
      "/sources",
    ],
    ["any source where the policy has ranges", () => ({ sources: "*" }), 422, "policy.source-not-covered", "/sources"],
    [
      "a port's own source outside",
      () => ({ ports: [{ port: 22, sources: ["8.8.8.8"] }] }),
      422,
      "policy.source-not-covered",
      "/ports/0/sources",
    ],
    ["host bits in a CIDR", () => ({ sources: ["203.0.113.7/24"] }), 422, "request.invalid", "/sources/0"],
    ["an octal address", () => ({ sources: ["010.0.0.1"] }), 422, "request.invalid", "/sources/0"],
    ["an IPv4-mapped address", () => ({ sources: ["::ffff:203.0.113.7"] }), 422, "request.invalid", "/sources/0"],
    ["a duration over the policy's limit", () => ({ duration: "PT4H" }), 422, "policy.duration-too-long", "/duration"],
    [
      "a port's own duration over the limit",
      () => ({ ports: [{ port: 22, duration: "PT4H" }], duration: undefined }),
      422,
      "policy.duration-too-long",
      "/ports/0/duration",
    ],
    ["a duration under the limit", () => ({ duration: "PT10S" }), 422, "policy.duration-too-short", "/duration"],
    ["a duration in months", () => ({ duration: "P1M" }), 422, "request.invalid", "/duration"],
    ["a duration of nothing", () => ({ duration: "PT0S" }), 422, "policy.duration-too-short", "/duration"],
    [
      "an end over the limit",
      () => ({ duration: undefined, endTime: inSeconds(4 * 3600) }),
      422,
      "policy.duration-too-long",
      "/endTime",
    ],
    [
      "an end in the past",
      () => ({ duration: undefined, endTime: inSeconds(-1) }),
      422,
      "policy.end-in-the-past",
      "/endTime",
    ],
    [
      "an end that is now",
      () => ({ duration: undefined, endTime: inSeconds(0) }),
      422,
      "policy.end-in-the-past",
      "/endTime",
    ],
    ["a misspelt field", () => ({ durration: "PT1H" }), 422, "request.invalid", "/durration"],
    ["a secret in the wrong field", () => ({ reference: { token: SECRET } }), 422, "request.invalid", "/reference"],
  ])("%s is refused, naming field and remedy, and publishes nothing", async (_what, change, status, code, field) => {
    const before = await api.published();
    const logged = api.log.length;
    const changed = change();
    const said = await post({ body: Array.isArray(changed) ? changed : { ...ask, ...changed } });
    expect(said.headers.get("content-type")).toBe("application/problem+json");
    expect(said.body).toMatchObject({
      type: `urn:sallyport:problem:${code}`,
      status,
      code,
      instance: "/v1/access-requests",
      request_id: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(said.status).toBe(status);
    expect(said.body.errors[0].field).toBe(field);
    expect(said.body.errors[0].detail.length).toBeGreaterThan(10);
    expect(await api.published()).toEqual(before);
    const lines = api.log.slice(logged);
    expect(lines.filter((line) => line.includes("a call was refused") && line.includes(code))).toHaveLength(1);
    expect(lines.join("")).not.toContain(SECRET);
    expect(JSON.stringify(said.body)).not.toContain(SECRET);
  });

  it("lists every reason at once", async () => {
    const { body } = await post({ body: { ...ask, ports: [3389], duration: "PT30H" } });
    expect(body.errors.map(({ code }: { code: string }) => code)).toEqual([
      "policy.port-not-covered",
      "policy.duration-too-long",
    ]);
  });
});

describe("a body", () => {
  it.each<[string, CallOptions, number, string]>([
    ["that is no JSON", { raw: `{"vm": "${SECRET}` }, 400, "request.malformed"],
    ["that is empty", { raw: "", headers: { "content-type": "application/json" } }, 422, "request.invalid"],
    ["of 10 MB", { raw: JSON.stringify({ ...ask, justification: "x".repeat(10_000_000) }) }, 413, "request.too-large"],
    [
      "of another type",
      { raw: "vm=1", headers: { "content-type": "application/x-www-form-urlencoded" } },
      415,
      "request.unsupported-media-type",
    ],
    ["of no type", { raw: "{}", headers: { "content-type": "" } }, 415, "request.unsupported-media-type"],
    [
      "in another charset",
      { raw: "{}", headers: { "content-type": "application/json; charset=latin1" } },
      415,
      "request.unsupported-media-type",
    ],
    [
      "in an unknown encoding",
      { raw: "{}", headers: { "content-encoding": "rot13" } },
      415,
      "request.unsupported-media-type",
    ],
  ])("%s is refused", async (_what, options, status, code) => {
    const said = await post(options);
    expect([said.status, said.body.code]).toEqual([status, code]);
    expect(JSON.stringify(said.body)).not.toContain(SECRET);
    expect(api.log.join("")).not.toContain(SECRET);
  });
});

describe("everything else that is not there", () => {
  it.each<[string, string, number]>([
    ["GET", "/v2/vms", 404],
    ["GET", "/v1/vms/", 404],
    ["GET", "/V1/vms", 404],
    ["GET", "/v1/vms/%00", 404],
    ["GET", "/v1/vms/%E0%A4%A", 404],
    ["GET", "/v1/grants/..%2f..", 404],
    ["GET", "/v1/access-requests/1", 404],
    ["PATCH", "/v1/vms", 405],
    ["DELETE", "/v1/access-requests", 405],
    ["GET", `/v1/vms?limit=0`, 422],
    ["GET", `/v1/vms?limit=ten`, 422],
    ["GET", `/v1/vms?colour=red`, 422],
    ["GET", `/v1/vms?status=Fine`, 422],
    ["GET", `/v1/vms?cursor=c29tZXRoaW5n&status=Healthy`, 422],
  ])("%s %s is answered with a problem, %d", async (method, path, status) => {
    const said = await api.call(method, path);
    expect([said.status, said.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
    expect(said.headers.get("allow") === null).toBe(status !== 405);
  });
});

describe("every answer", () => {
  it("carries the headers that keep it data, and says nothing of what serves it", async () => {
    for (const path of ["/v1/me", "/openapi.json", "/nowhere", `/v1/vms/${keyOf()}`]) {
      const { headers } = await api.call("GET", path);
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "x-request-id": expect.any(String),
      });
      expect(headers.get("x-powered-by")).toBeNull();
    }
  });

  it("returns the caller's trace", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    expect((await api.call("GET", "/v1/me", { headers: { traceparent } })).headers.get("traceparent")).toBe(
      traceparent,
    );
  });
});

describe("a good request after all that", () => {
  it("is accepted, also by the VM's id in another case, its key, or its name", async () => {
    for (const vm of [aVm().toUpperCase(), keyOf(), "VM-1"]) expect((await askedBy(api, { vm })).said.status).toBe(202);
  });
});
