import { EC2ServiceException } from "@aws-sdk/client-ec2";
import { SallyportError } from "@sallyport/contracts";
import { awsCodeOf, isUncertain, toFault } from "./translate.ts";

const ec2Error = (name: string, status: number) =>
  new EC2ServiceException({ name, $fault: "client", message: "as EC2 says", $metadata: { httpStatusCode: status } });

describe("translating what EC2 answers", () => {
  it.each([
    ["RequestLimitExceeded", 503, "aws.throttled", true],
    ["InvalidGroup.NotFound", 400, "aws.not-found", false],
    ["InvalidSecurityGroupRuleId.NotFound", 400, "aws.not-found", false],
    ["InvalidNetworkInterfaceID.NotFound", 400, "aws.not-found", false],
    ["InvalidPermission.Duplicate", 400, "aws.conflict", true],
    ["InvalidGroup.Duplicate", 400, "aws.conflict", true],
    ["DependencyViolation", 400, "aws.dependency", true],
    ["RulesPerSecurityGroupLimitExceeded", 400, "network.quota", false],
    ["SecurityGroupsPerInterfaceLimitExceeded", 400, "network.quota", false],
    ["UnauthorizedOperation", 403, "aws.unauthorized", true],
    ["AuthFailure", 401, "aws.unauthorized", true],
    ["InvalidParameterValue", 400, "aws.refused", false],
    ["Unavailable", 503, "aws.unavailable", true],
    ["SomethingNew", 500, "aws.unavailable", true],
    ["SomethingNew", 429, "aws.throttled", true],
    ["SomethingNew", 403, "aws.unauthorized", true],
    ["SomethingNew", 400, "aws.refused", false],
  ])("%s with %i is %s", (name, status, code, retryable) => {
    const fault = toFault(ec2Error(name, status), "AnOperation");
    expect(fault).toMatchObject({ code, retryable });
    expect(fault.message).toContain(`AnOperation: ${name}: as EC2 says`);
    expect(awsCodeOf(fault)).toBe(name);
  });

  it.each(["ECONNRESET", "ECONNREFUSED", "TimeoutError", "EAI_AGAIN"])("%s may have been carried out", (name) => {
    const fault = toFault(Object.assign(new Error("no answer"), { name }), "AnOperation");
    expect(fault.code).toBe("aws.unavailable");
    expect(isUncertain(fault)).toBe(true);
  });

  it("is certain of a refusal, and of being told to slow down", () => {
    expect(isUncertain(toFault(ec2Error("InvalidParameterValue", 400), "AnOperation"))).toBe(false);
    expect(isUncertain(toFault(ec2Error("RequestLimitExceeded", 503), "AnOperation"))).toBe(false);
  });

  it("waits as long as a gateway asks", () => {
    const error = Object.assign(ec2Error("RequestLimitExceeded", 503), {
      $response: { headers: { "retry-after": "7" } },
    });
    expect(toFault(error, "AnOperation").retryAfterMs).toBe(7000);
  });

  it("leaves a fault of ours as it is", () => {
    const fault = new SallyportError({ code: "aws.eventual", detail: "not yet" });
    expect(toFault(fault, "AnOperation")).toBe(fault);
  });

  it("names the action that is missing: the one that EC2 names, else the one that was called", () => {
    const called = toFault(ec2Error("UnauthorizedOperation", 403), "CreateSecurityGroup");
    expect(called.message).toContain("needs ec2:CreateSecurityGroup;");
    const message = "User: arn:aws:iam::1:user/a is not authorized to perform: ec2:CreateTags on resource: x";
    const named = toFault(
      Object.assign(new Error(message), { Code: "UnauthorizedOperation", name: "UnauthorizedOperation" }),
      "CreateSecurityGroup",
    );
    expect(named).toMatchObject({ message: expect.stringContaining("needs ec2:CreateTags;") });
  });

  it("leaves out what EC2 seals into a denial for others to decode", () => {
    const said =
      "User: u is not authorized to perform: ec2:CreateTags on resource: r because no identity-based policy allows it";
    const fault = toFault(
      new EC2ServiceException({
        name: "UnauthorizedOperation",
        $fault: "client",
        message: `${said}. Encoded authorization failure message: ${"x".repeat(900)}`,
        $metadata: { httpStatusCode: 403 },
      }),
      "CreateSecurityGroup",
    );
    expect(fault.message).toContain(`${said} (needs ec2:CreateTags; see sallyport role aws)`);
    expect(fault.message).not.toMatch(/xxx|Encoded/);
  });
});
