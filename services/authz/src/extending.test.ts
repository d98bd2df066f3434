import { plusSeconds } from "@sallyport/contracts";
import type { Fact, Instant } from "@sallyport/contracts";
import { aPrincipal, anAccess } from "@sallyport/testkit";
import { anAuthz, policyConfigured, requested, vmClassified } from "./an-authz.conformance.ts";
import type { AuthzUnderTest } from "./an-authz.conformance.ts";

let clock: AuthzUnderTest["clock"];
let embedded: AuthzUnderTest["embedded"];
let publish: AuthzUnderTest["publish"];
let answers: AuthzUnderTest["answers"];
let reasons: AuthzUnderTest["reasons"];
let close: AuthzUnderTest["close"];
beforeEach(async () => {
  ({ clock, embedded, publish, answers, reasons, close } = await anAuthz());
});
afterEach(() => close());

describe("authz asked to extend a grant", () => {
  const access = anAccess();
  const granted = (): Fact => ({
    type: "sallyport.access.granted.v1",
    data: {
      access,
      openedAt: clock.now(),
      expiresAt: plusSeconds(clock.now(), 7200),
      ways: [],
      objects: [],
      closing: { sessions: "kept", because: "" },
    },
  });
  const extension = (openUntil: Instant): Fact => ({
    type: "sallyport.access.extension-requested.v1",
    data: { access, by: aPrincipal(), openUntil, at: clock.now() },
  });
  beforeEach(() => publish(policyConfigured(), vmClassified, requested(), granted()));

  it("approves the later end, once however often the message comes", async () => {
    const until = plusSeconds(clock.now(), 9000);
    const [event] = await publish(extension(until));
    if (event !== undefined) await embedded.ports.bus.publish([event]);
    await clock.pass(10);
    expect((await answers()).slice(1)).toMatchObject([
      { type: "sallyport.access.approved.v1", data: { extends: true, notAfter: until } },
    ]);
  });

  it("refuses more than the policy allows, and the grant runs on as it was", async () => {
    await publish(extension(plusSeconds(clock.now(), 90_000)));
    await publish(extension(plusSeconds(clock.now(), 9000)));
    expect((await answers()).slice(1)).toMatchObject([
      { type: "sallyport.access.denied.v1", data: { extends: true } },
      { type: "sallyport.access.approved.v1", data: { extends: true } },
    ]);
  });

  it("refuses once the grant has ended", async () => {
    await publish({
      type: "sallyport.access.failed.v1",
      data: { access, reasons: [{ code: "network.quota", detail: "" }], at: clock.now() },
    });
    const [event] = await publish(extension(plusSeconds(clock.now(), 9000)));
    if (event !== undefined) await embedded.ports.bus.publish([event]);
    await clock.pass(10);
    expect(await reasons()).toEqual(["grant.terminal"]);
  });
});
