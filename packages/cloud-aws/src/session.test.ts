import type { GrantId, LockdownId } from "@sallyport/contracts";
import type { AwsRule, Change, Claim } from "@sallyport/domain";
import fc from "fast-check";
import { SHARED_SESSION, sessionFor } from "./session.ts";

const change = (claim?: Claim): Change<AwsRule> => ({
  object: "sg-1" as Change<AwsRule>["object"],
  verb: "attach",
  rule: {
    kind: "membership",
    scope: "210987654321/eu-west-1" as AwsRule["scope"],
    group: "sg-2" as Change<AwsRule>["object"],
  },
  ...(claim !== undefined && { mark: { claim, keyId: "k1", signature: "s" } }),
});
const ofGrant = (id: string) => change({ kind: "grant", id: id as GrantId, end: "2027-01-31T10:00:00.000Z" as never });

describe("the session that CloudTrail shows", () => {
  it("names the grant, or the lockdown, and nobody where nothing is marked", () => {
    expect(sessionFor([ofGrant("gr1234567890"), ofGrant("gr1234567890"), change()])).toBe("sallyport-gr1234567890");
    expect(sessionFor([change({ kind: "lockdown", id: "lo1234567890" as LockdownId })])).toBe("sallyport-lo1234567890");
    expect(sessionFor([change()])).toBe(SHARED_SESSION);
  });

  it("names whom a change is for also where it carries no mark, and who writes it before whom it was marked for", () => {
    const lockdown = "lo1234567890" as LockdownId;
    expect(sessionFor([{ ...change(), writtenFor: lockdown }])).toBe("sallyport-lo1234567890");
    expect(sessionFor([{ ...ofGrant("gr1234567890"), writtenFor: lockdown }])).toBe("sallyport-lo1234567890");
  });

  it("is what STS takes, however many grants one write is for, and names as many as fit", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{8,32}$/), { minLength: 1, maxLength: 40 }), (ids) => {
        const name = sessionFor(ids.map(ofGrant));
        expect(name).toMatch(/^[\w+=,.@-]{2,64}$/);
        expect(name).toContain(ids[0]);
        const shown = name.split(",").length;
        expect(name.endsWith(`+${ids.length - shown}`)).toBe(shown < ids.length);
      }),
    );
  });
});
