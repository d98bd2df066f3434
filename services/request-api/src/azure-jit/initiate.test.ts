import { plusSeconds } from "@sallyport/contracts";
import type { Access, Fact } from "@sallyport/contracts";
import type { CallOptions } from "../an-api.conformance.ts";
import { anAzureJit, asked, at, bodyOf, idOfVm } from "./an-azure-jit.conformance.ts";

const { call, put, ours } = anAzureJit();

describe("initiate", () => {
  const later = (n: number) => plusSeconds(ours().clock.now(), n);
  const answerAs = async (fact: (access: Access) => Fact): Promise<void> => {
    const [event] = (await ours().published("sallyport.access.requested.v1")).slice(-1);
    if (event?.type !== "sallyport.access.requested.v1") throw new Error("nothing was asked");
    await ours().tell(fact(event.data.access));
  };
  const approved = (access: Access): Fact => ({
    type: "sallyport.access.approved.v1",
    data: { access, notAfter: later(3615), approvedAt: later(0), extends: false },
  });
  const granted = (access: Access): Fact => ({
    type: "sallyport.access.granted.v1",
    data: {
      access,
      openedAt: later(2),
      expiresAt: later(3602),
      ways: [{ address: "20.0.0.9", port: 50_022, mappedTo: 22 } as never],
      objects: [],
      closing: { sessions: "kept", because: "x" },
    },
  });
  const closed =
    (reason: "expired" | "given-back") =>
    (access: Access): Fact => ({
      type: "sallyport.access.revoked.v1",
      data: {
        access,
        reason,
        receipt: {
          grantId: access.grantId,
          closedAt: later(60),
          reason,
          readBack: [],
          stillOpen: [],
          keyId: "k1",
          signature: "s",
        },
      },
    });
  const history = async () => (await call("GET", at("default"))).body.properties.requests;
  beforeEach(async () => {
    await put("default", bodyOf("vm-1", "vm-2"));
    ours().letTimeFlow(500);
  });
  const initiate = (body: unknown, options: CallOptions = {}) =>
    call("POST", `${at("default")}/initiate`, { as: "alice", body, ...options });

  it("is accepted with a body, opens, and ends with its reason", async () => {
    const answer = await initiate({ ...asked(), justification: "hotfix" });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      virtualMachines: [
        {
          id: idOfVm("vm-1"),
          ports: [
            {
              number: 22,
              allowedSourceAddressPrefix: "203.0.113.7",
              endTimeUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/),
              status: "Initiating",
              statusReason: "UserRequested",
            },
          ],
        },
      ],
      startTimeUtc: expect.stringMatching(/\.\d{7}Z$/),
      requestor: "alice",
      justification: "hotfix",
    });
    expect(await history()).toEqual([answer.body]);
    await answerAs(approved);
    await answerAs(granted);
    expect((await history())[0].virtualMachines[0].ports[0]).toMatchObject({ status: "Initiated", mappedPort: 50_022 });
    expect((await call("GET", at("default"))).body.properties.virtualMachines[0].publicIpAddress).toBe("20.0.0.9");
    await answerAs(closed("expired"));
    expect((await history())[0].virtualMachines[0].ports[0]).toMatchObject({
      status: "Revoked",
      statusReason: "Expired",
    });
  });

  it("says of what was given back that the user asked for it", async () => {
    await initiate(asked());
    await answerAs(closed("given-back"));
    expect((await history())[0].virtualMachines[0].ports[0]).toMatchObject({
      status: "Revoked",
      statusReason: "UserRequested",
    });
  });

  it("takes an end in place of a length, with seven fractional digits, and both forms of sources", async () => {
    const end = later(1800).replace(".000Z", ".1234567Z");
    const port = {
      duration: null,
      endTimeUtc: end,
      allowedSourceAddressPrefix: null,
      allowedSourceAddressPrefixes: ["203.0.113.7", "203.0.113.64/26"],
    };
    const { status, body } = await initiate(asked(port));
    expect(status).toBe(202);
    expect(body.virtualMachines[0].ports[0].endTimeUtc).toBe(end.replace("4567Z", "0000Z"));
    expect(body.virtualMachines[0].ports[0].allowedSourceAddressPrefixes).toEqual(["203.0.113.64/26", "203.0.113.7"]);
  });

  it("asks for several VMs at once, each with its own ports and ends", async () => {
    const [one] = asked().virtualMachines;
    const [two] = asked({ duration: "PT2H" }, "vm-2").virtualMachines;
    expect((await initiate({ virtualMachines: [one, two] })).status).toBe(202);
    const events = await ours().published("sallyport.access.requested.v1");
    expect(
      events.map(({ data }) => "access" in data && [data.access.vm.split("/").at(-1), data.access.duration]),
    ).toEqual([
      ["vm-1", 3600],
      ["vm-2", 7200],
    ]);
  });

  it("is run once, however often a client repeats it under its own id", async () => {
    const headers = { "x-ms-client-request-id": "0193a5e4-7c00-7000-8000-00000000c11e" };
    const first = await initiate(asked(), { headers });
    const again = await initiate(asked(), { headers });
    expect(again.body).toEqual(first.body);
    expect(await ours().published("sallyport.access.requested.v1")).toHaveLength(1);
  });

  const oneEnd = "Only one of fields 'EndTimeUtc' and 'Duration' can be set.";
  it.each<readonly [string, unknown, number, string, string]>([
    ["no end", asked({ duration: null }), 400, "InvalidInitiateInput", oneEnd],
    ["two ends", asked({ endTimeUtc: "2030-01-01T00:00:00Z" }), 400, "InvalidInitiateInput", oneEnd],
    ["another port", asked({ number: 3389 }), 400, "InvalidInitiateInput", "does not cover port 3389"],
    [
      "another source",
      asked({ allowedSourceAddressPrefix: "198.51.100.1" }),
      400,
      "InvalidInitiateInput",
      "does not allow 198.51.100.1/32",
    ],
    ["too much time", asked({ duration: "PT4H" }), 400, "InvalidInitiateInput", "PT3H at most"],
    [
      "an end that has passed",
      asked({ duration: null, endTimeUtc: "2020-01-01T00:00:00Z" }),
      400,
      "InvalidInitiateInput",
      "passed already",
    ],
    [
      "a source twice over",
      asked({ allowedSourceAddressPrefixes: ["203.0.113.8"] }),
      400,
      "InvalidInitiateInput",
      "only one of",
    ],
    [
      "no source, and an address that says nothing",
      asked({ allowedSourceAddressPrefix: null }),
      400,
      "InvalidInitiateInput",
      "cannot be told",
    ],
    ["a misspelt field", asked({ durration: "PT1H" }), 400, "InvalidInitiateInput", "to be left out"],
    ["a VM outside the policy", asked({}, "vm-3"), 400, "InvalidInitiateInput", "is not in the policy"],
    ["no VM", { virtualMachines: [] }, 400, "InvalidInitiateInput", "at least 1 items"],
    ["a VM that does not exist", asked({}, "vm-99"), 404, "ResourceNotFound", "was not found"],
  ])("refuses %s", async (_what, body, status, code, message) => {
    const answer = await initiate(body);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.body.error.message).toContain(message);
    expect(await ours().published("sallyport.access.requested.v1")).toEqual([]);
  });

  it("judges the body before it looks for the policy, and knows no policy of another name", async () => {
    const elsewhere = (body: unknown) => call("POST", `${at("other")}/initiate`, { as: "alice", body });
    expect((await elsewhere(asked({ duration: null }))).body.error.code).toBe("InvalidInitiateInput");
    expect(await elsewhere(asked())).toMatchObject({ status: 404, body: { error: { code: "PolicyNotFound" } } });
  });

  it("is the only thing that can be posted to a policy", async () => {
    expect((await call("POST", `${at("default")}/revoke`, { body: asked() })).body.error.code).toBe("MethodNotAllowed");
  });
});
