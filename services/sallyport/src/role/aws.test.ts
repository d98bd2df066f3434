import { UsageError } from "../options.ts";
import { awsRole } from "./aws.ts";

const ACCOUNT = "210987654321";

describe("sallyport role aws", () => {
  it("prints what the role may do in the account, and who may become it under which external id", () => {
    const printed: unknown = JSON.parse(awsRole(["--account", ACCOUNT, "--external-id", "tenant-1"]));
    expect(printed).toMatchObject({
      policy: { Version: "2012-10-17", Statement: expect.arrayContaining([]) },
      trust: {
        Statement: [
          {
            Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
            Action: ["sts:AssumeRole"],
            Condition: { StringEquals: { "sts:ExternalId": "tenant-1" } },
          },
          { Action: ["sts:SetSourceIdentity"] },
        ],
      },
    });
    expect(JSON.stringify(printed)).toContain(`arn:aws:ec2:*:${ACCOUNT}:security-group/*`);
  });

  it("draws an external id where none is given, another one each time", () => {
    const drawn = () => /"sts:ExternalId": "([^"]+)"/.exec(awsRole(["--account", ACCOUNT]))?.[1];
    expect(drawn()).toMatch(/^[0-9a-f-]{36}$/);
    expect(drawn()).not.toBe(drawn());
  });

  it("prints the same policy for Terraform", () => {
    const text = awsRole(["--trust", `arn:aws:iam::${ACCOUNT}:role/runner`, "--format", "terraform"]);
    expect(text).toContain('resource "aws_iam_role" "sallyport"');
    expect(text).toContain(`"AWS": "arn:aws:iam::${ACCOUNT}:role/runner"`);
    expect(text).toContain("arn:aws:ec2:*:*:security-group/*");
  });

  it.each([
    [[], "who may become the role"],
    [["--account", "shop"], "twelve digits"],
    [["--account", ACCOUNT, "--format", "yaml"], "json or terraform"],
    [["--trust", "everybody"], "ARN"],
    [["--account", ACCOUNT, "--all"], "all"],
  ])("says of %j what is wrong", (args, words) => {
    expect(() => awsRole(args)).toThrow(UsageError);
    expect(() => awsRole(args)).toThrow(words);
  });
});
