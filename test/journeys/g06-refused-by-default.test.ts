import { aJourney } from "./a-journey.ts";
import { GUEST, SUBSCRIPTION, awsEstate, azureEstate, estates } from "./estates.ts";
import { CONNECTOR, requesting } from "./people.ts";

const JIT = "Microsoft.Security/locations/jitNetworkAccessPolicies";
const place = `${SUBSCRIPTION}/resourcegroups/rg-small`;
const network = `${place}/providers/microsoft.network`;

/** Each action that a request takes, on the resource that it is missing on, once it is taken away (S33, S34). */
const needed = {
  azure: [
    [`${JIT}/initiate/action`, place],
    [`${JIT}/*/read`, place],
    ["Microsoft.Compute/virtualMachines/read", azureEstate.vm],
    ["Microsoft.Network/networkInterfaces/*/read", `${network}/networkinterfaces/vm-1-nic`],
    ["Microsoft.Network/publicIPAddresses/read", `${network}/publicipaddresses/vm-1-ip`],
  ],
  // Without the reading one, the VM itself is hidden: see below.
  aws: [[`${JIT}/initiate/action`, CONNECTOR]],
} as const;

describe.each(estates)("G6 · refused by default, on %s", (cloud, estate) => {
  it.each(needed[cloud])("denies a request of somebody who lacks %s, naming it and where", async (action, resource) => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const writes = journey.cloudCalls.filter(({ isWrite }) => isWrite).length;
    journey.people.grant(
      "alice",
      requesting.filter((one) => one !== action),
    );
    const denied = await journey.opened();
    expect(denied.status).toBe("Denied");
    expect(denied.reasons).toEqual([
      expect.objectContaining({ code: "rbac.missing-action", action, object: resource }),
    ]);
    expect(denied.reasons[0]?.detail).toContain(action);
    expect(journey.getsIn(GUEST)).toBe(false);
    expect(journey.cloudCalls.filter(({ isWrite }) => isWrite)).toHaveLength(writes);
  });

  it("lets somebody with exactly the least privileged role in (S35)", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    expect((await journey.opened()).status).toBe("Open");
  });

  it("denies when a role was withdrawn between the request and its approval (P49)", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: { required: true } });
    const { id, requestId, status } = await journey.opened();
    expect(status).toBe("AwaitingApproval");
    journey.people.grant(
      "alice",
      requesting.filter((action) => !action.includes("initiate")),
    );
    expect(await approve(journey, requestId)).toBe(202);
    expect(await journey.grant(id)).toMatchObject({
      status: "Denied",
      reasons: [{ code: "rbac.missing-action", action: `${JIT}/initiate/action` }],
    });
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("denies when the requester's rights cannot be looked up at the time of the decision", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: { required: true } });
    const { id, requestId } = await journey.opened();
    journey.people.failLookups("alice");
    expect(await approve(journey, requestId)).toBe(202);
    expect(await journey.grant(id)).toMatchObject({ status: "Denied", reasons: [{ code: "rbac.lookup-failed" }] });
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("takes no request at all while nobody's rights can be looked up", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    journey.people.failLookups("everybody");
    const answer = await journey.ask();
    expect([answer.status, answer.body.code]).toEqual([503, "rbac.lookup-failed"]);
    expect(await journey.told("sallyport.access.requested.v1")).toEqual([]);
  });

  it("hides the VM from who may not read it, and lets a Reader look and no more (S31)", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const path = `/v1/vms/${journey.vmKey}`;
    const hidden = await journey.call("sam", "GET", path);
    const unknown = await journey.call("sam", "GET", `/v1/vms/${keyOfNobody(cloud)}`);
    expect([hidden.status, unknown.status]).toEqual([404, 404]);
    const one = { instance: "", request_id: "" };
    expect({ ...hidden.body, ...one }).toEqual({ ...unknown.body, ...one });
    expect((await journey.ask({ as: "sam" })).status).toBe(404);

    expect((await journey.call("rita", "GET", path)).status).toBe(200);
    const policy = { body: { ports: [{ port: 22 }] }, headers: { "if-match": "*" } };
    const written = await journey.call("rita", "PUT", `${path}/policy`, policy);
    expect([written.status, written.body.code]).toEqual([403, "rbac.missing-action"]);
    expect((await journey.opened({ as: "rita" })).status).toBe("Denied");
    expect(journey.getsIn(GUEST)).toBe(false);
  });
});

describe("G6 · on aws", () => {
  it("hides the instance from a requester who may not read its policy", async () => {
    const journey = await aJourney(awsEstate);
    await journey.underJit();
    journey.people.grant("alice", [`${JIT}/initiate/action`]);
    const answer = await journey.ask();
    expect([answer.status, answer.body.code]).toEqual([404, "vm.unknown"]);
  });
});

const approve = async (journey: Awaited<ReturnType<typeof aJourney>>, requestId: string): Promise<number> => {
  const { status } = await journey.call("bob", "POST", `/v1/access-requests/${requestId}/approve`, {
    headers: { "idempotency-key": crypto.randomUUID() },
  });
  await journey.pass(8_000);
  return status;
};

const keyOfNobody = (cloud: "azure" | "aws"): string =>
  Buffer.from(
    cloud === "azure" ? azureEstate.vm.replace("vm-1", "vm-none") : awsEstate.vm.replace("c0f1", "dead"),
  ).toString("base64url");
