import * as fc from "fast-check";
import { judge } from "./judge.ts";
import { PolicyDocument } from "./policy.ts";
import { contextOf } from "./request.ts";
import { trustOf } from "./trust.ts";

const GROUP = "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1";
const policy = (...Statement: readonly object[]) => PolicyDocument.parse({ Version: "2012-10-17", Statement });
const allow = (more: object = {}) => ({ Effect: "Allow", Action: "ec2:*", Resource: "*", ...more });

function decides(
  statements: readonly object[],
  given: Parameters<typeof contextOf>[0] = {},
  resource = GROUP,
): boolean {
  const context = contextOf(given);
  return judge({ identity: [policy(...statements)] }, { action: "ec2:DeleteSecurityGroup", resource, context })
    .isAllowed;
}

describe("what a policy allows", () => {
  it.each([
    [{}, true],
    [{ Action: "ec2:deletesecuritygroup" }, true],
    [{ Action: ["ec2:Describe*", "ec2:Delete?ecurityGroup"] }, true],
    [{ Action: "ec2:Delete" }, false],
    [{ Action: "sts:*" }, false],
    [{ Action: undefined, NotAction: "ec2:Describe*" }, true],
    [{ Action: undefined, NotAction: "ec2:Delete*" }, false],
    [{ Resource: GROUP }, true],
    [{ Resource: "arn:aws:ec2:*:111122223333:security-group/*" }, true],
    [{ Resource: "arn:aws:ec2:*:111122223333:security-group-rule/*" }, false],
    [{ Resource: "arn:aws:ec2:eu-west-1:111122223333:SECURITY-GROUP/sg-1" }, false],
    [{ Resource: undefined, NotResource: "arn:aws:ec2:*:*:vpc/*" }, true],
    [{ Resource: undefined, NotResource: GROUP }, false],
  ])("%j: %s", (more, expected) => {
    expect(decides([JSON.parse(JSON.stringify(allow(more)))])).toBe(expected);
  });

  it("is nothing without a statement, and nothing where one denies", () => {
    expect(decides([])).toBe(false);
    expect(decides([allow(), { ...allow({ Resource: GROUP }), Effect: "Deny" }])).toBe(false);
  });

  it("needs a star for an action without resource-level permissions", () => {
    expect(decides([allow({ Resource: GROUP })], {}, "*")).toBe(false);
    expect(decides([allow()], {}, "*")).toBe(true);
  });
});

describe("a condition", () => {
  const OWNER = "aws:ResourceTag/owner";
  it.each([
    ["StringEquals", { [OWNER]: "sallyport" }, true],
    ["StringEquals", { [OWNER]: ["other", "sallyport"] }, true],
    ["StringEquals", { [OWNER]: "Sallyport" }, false],
    ["StringEquals", { [OWNER]: "sally*" }, false],
    ["StringEquals", { "aws:resourcetag/OWNER": "sallyport" }, true],
    ["StringEquals", { absent: "x" }, false],
    ["StringEqualsIfExists", { absent: "x" }, true],
    ["StringEqualsIfExists", { [OWNER]: "x" }, false],
    ["StringEqualsIgnoreCase", { [OWNER]: "SALLYPORT" }, true],
    ["StringNotEquals", { [OWNER]: ["other", "sallyport"] }, false],
    ["StringNotEquals", { [OWNER]: ["other", "third"] }, true],
    ["StringNotEquals", { absent: "x" }, true],
    ["StringLike", { [OWNER]: "sally*" }, true],
    ["StringLike", { [OWNER]: "s?llyport" }, true],
    ["StringLike", { [OWNER]: "ally*" }, false],
    ["StringNotLike", { [OWNER]: "sally*" }, false],
    ["StringEquals", { [OWNER]: "${aws:PrincipalTag/team}" }, true],
    ["StringEquals", { [OWNER]: "${aws:PrincipalTag/absent}" }, false],
    ["StringLike", { [OWNER]: "${*}" }, false],
    ["ArnLike", { "ec2:Vpc": "arn:aws:ec2:*:*:vpc/vpc-1" }, true],
    ["ArnLike", { "ec2:Vpc": "arn:*:vpc/vpc-1" }, false],
    ["ArnNotEquals", { "ec2:Vpc": "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1" }, false],
    ["Null", { [OWNER]: "false" }, true],
    ["Null", { [OWNER]: "true" }, false],
    ["Null", { absent: "true" }, true],
    ["Bool", { "aws:SecureTransport": "FALSE" }, true],
    ["NumericLessThan", { "aws:EpochTime": "1000" }, true],
    ["NumericGreaterThanEquals", { "aws:EpochTime": "1000" }, false],
    ["DateGreaterThan", { "aws:CurrentTime": "2025-12-31T00:00:00Z" }, true],
    ["DateLessThan", { "aws:CurrentTime": "2025-12-31T00:00:00Z" }, false],
    ["ForAllValues:StringEquals", { "aws:TagKeys": ["a", "b", "c"] }, true],
    ["ForAllValues:StringEquals", { "aws:TagKeys": ["a"] }, false],
    ["ForAllValues:StringEquals", { absent: ["a"] }, true],
    ["ForAnyValue:StringEquals", { "aws:TagKeys": ["b", "z"] }, true],
    ["ForAnyValue:StringEquals", { "aws:TagKeys": ["z"] }, false],
    ["ForAnyValue:StringEquals", { absent: ["a"] }, false],
  ])("%s %j: %s", (operator, keys, expected) => {
    const given = {
      [OWNER]: "sallyport",
      "aws:PrincipalTag/team": "sallyport",
      "ec2:Vpc": "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1",
      "aws:SecureTransport": "false",
      "aws:EpochTime": "999",
      "aws:CurrentTime": "2026-01-01T00:00:00.000Z",
      "aws:TagKeys": ["a", "b"],
    };
    expect(decides([allow({ Condition: { [operator]: keys } })], given)).toBe(expected);
  });

  it("is refused when the simulator does not know its operator, rather than read wrongly", () => {
    expect(() => policy(allow({ Condition: { BinaryEquals: { key: "QQ==" } } }))).toThrow(/BinaryEquals/);
    expect(() => policy(allow({ Conditions: {} }))).toThrow(/Unrecognized key/);
  });

  it("must hold for every key and every operator", () => {
    const both = { StringEquals: { a: "1", b: "2" } };
    expect(decides([allow({ Condition: both })], { a: "1", b: "2" })).toBe(true);
    expect(decides([allow({ Condition: both })], { a: "1", b: "3" })).toBe(false);
    expect(decides([allow({ Condition: { ...both, Null: { c: "false" } } })], { a: "1", b: "2" })).toBe(false);
  });
});

describe("laws of the judgement", () => {
  const statement = fc.record({
    Effect: fc.constantFrom("Allow" as const, "Deny" as const),
    Action: fc.constantFrom("*", "ec2:*", "ec2:Delete*", "ec2:Describe*"),
    Resource: fc.constantFrom("*", GROUP, "arn:aws:ec2:*:*:vpc/*"),
  });
  const access = { action: "ec2:DeleteSecurityGroup", resource: GROUP, context: contextOf({}) };
  const judged = (...lists: readonly (readonly object[])[]) => {
    const [identity = [], session] = lists;
    return judge({ identity: [policy(...identity)], ...(session && { session: [policy(...session)] }) }, access)
      .isAllowed;
  };

  it("the order of statements decides nothing", () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 6 }), (list) => {
        expect(judged(list)).toBe(judged(list.toReversed()));
      }),
    );
  });

  it("one more deny opens nothing, and a session policy never widens what the role has", () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 5 }), fc.array(statement, { maxLength: 5 }), (list, session) => {
        const denied = [...list, { Effect: "Deny", Action: "ec2:Delete*", Resource: "*" }];
        expect(judged(denied)).toBe(false);
        expect(judged(list, session)).toBe(judged(list) && judged(session));
      }),
    );
  });
});

describe("a trust policy", () => {
  const caller = {
    accountId: "111122223333",
    arn: "arn:aws:sts::111122223333:assumed-role/app/one",
    principalArn: "arn:aws:iam::111122223333:role/app",
  };
  const says = (statement: object, given: Parameters<typeof contextOf>[0] = {}, action = "sts:AssumeRole") =>
    trustOf(policy({ Effect: "Allow", Action: "sts:AssumeRole", ...statement }), caller, {
      action,
      resource: "role",
      context: contextOf(given),
    });

  it.each([
    [{ Principal: "*" }, "itself"],
    [{ Principal: { AWS: "*" } }, "itself"],
    [{ Principal: { AWS: caller.principalArn } }, "itself"],
    [{ Principal: { AWS: ["arn:aws:iam::444455556666:root", caller.arn] } }, "itself"],
    [{ Principal: { AWS: "111122223333" } }, "account"],
    [{ Principal: { AWS: "arn:aws:iam::111122223333:root" } }, "account"],
    [{ Principal: { AWS: "444455556666" } }, "silent"],
    [{ Principal: { Service: "ec2.amazonaws.com" } }, "silent"],
    [{ Principal: "*", Effect: "Deny" }, "denied"],
  ])("%j: %s", (statement, expected) => {
    expect(says(statement)).toBe(expected);
  });

  it("asks for the external id, and for a right of its own to set a source identity", () => {
    const withId = { Principal: "*", Condition: { StringEquals: { "sts:ExternalId": "t-1" } } };
    expect(says(withId)).toBe("silent");
    expect(says(withId, { "sts:ExternalId": "t-2" })).toBe("silent");
    expect(says(withId, { "sts:ExternalId": "t-1" })).toBe("itself");
    expect(says({ Principal: "*" }, {}, "sts:SetSourceIdentity")).toBe("silent");
  });
});
