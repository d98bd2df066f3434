import * as ec2 from "@aws-sdk/client-ec2";
import { GetAccessKeyInfoCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { instantOf } from "@sallyport/contracts";
import { createStandingClock } from "../world/standing-clock.ts";
import { demoAws } from "../world/aws/demo.ts";
import { demoId } from "../world/aws/demo-networks.ts";
import { DOCUMENTED_EC2_LIMITS, createEc2Limiter } from "./limits.ts";
import { queryFrom } from "./query.ts";
import { aCloud, ec2Client, serve, stsClient } from "./client.conformance.ts";

describe("the token buckets of EC2", () => {
  function limiter() {
    let ms = 0;
    const isThrottled = createEc2Limiter(DOCUMENTED_EC2_LIMITS, { elapsed: () => ms });
    const read = { MaxResults: "1000" };
    const taken = (
      action: string,
      kind: "read" | "write",
      params: Readonly<Record<string, string>> = read,
      at = "a r",
    ) => {
      let n = 0;
      while (n < 1000 && !isThrottled(at, action, kind, queryFrom(params))) n += 1;
      return n;
    };
    return { taken, pass: (by: number) => (ms += by) };
  }

  it.each([
    ["DescribeInstances", "read", 100, 20],
    ["DescribeSecurityGroupReferences", "read", 20, 5],
    ["AuthorizeSecurityGroupIngress", "write", 50, 5],
    ["CreateSecurityGroup", "write", 50, 5],
    ["ModifyNetworkInterfaceAttribute", "write", 100, 5],
    ["CreateTags", "write", 100, 10],
  ] as const)("%s (%s) holds %i calls, and fills by %i a second", (action, kind, size, perSecond) => {
    const { taken, pass } = limiter();
    expect(taken(action, kind)).toBe(size);
    pass(1000);
    expect(taken(action, kind)).toBe(perSecond);
    pass(3_600_000);
    expect(taken(action, kind)).toBe(size);
  });

  it("are smaller for the few reads that are neither filtered nor paged, and separate", () => {
    const { taken } = limiter();
    expect([taken("DescribeSecurityGroups", "read", {}), taken("DescribeVpcs", "read", {})]).toEqual([50, 100]);
    expect(taken("DescribeSecurityGroups", "read", { "Filter.1.Name": "vpc-id" })).toBe(100);
  });

  it("are one per account, region and action", () => {
    const { taken } = limiter();
    expect(taken("CreateSecurityGroup", "write")).toBe(50);
    expect(taken("DeleteSecurityGroup", "write")).toBe(50);
    expect(taken("CreateSecurityGroup", "write", {}, "a other-region")).toBe(50);
    expect(taken("CreateSecurityGroup", "write", {}, "b r")).toBe(50);
    expect(taken("CreateSecurityGroup", "write")).toBe(0);
  });

  it("are off unless the world asks for what is documented; then a call too many is refused and in the history", async () => {
    const key = demoAws().accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };
    const refusedOf = async (requestLimits?: "documented") => {
      const world = aCloud(
        { ...demoAws(), ...(requestLimits && { requestLimits }) },
        {},
        createStandingClock(instantOf(Date.now())),
      );
      const server = await serve(world.cloud.wire);
      const client = ec2Client(server.url, key);
      const call = () =>
        client.send(new ec2.DeleteTagsCommand({ Resources: [demoId("sg", 1)] })).catch((error: unknown) => error);
      const answers: unknown[] = [];
      for (let n = 0; n < 103; n += 1) answers.push(await call());
      client.destroy();
      await server.close();
      return {
        refused: answers.filter((answer) => answer instanceof Error),
        last: world.history.writes().at(-1)?.result,
      };
    };
    expect((await refusedOf()).refused).toEqual([]);
    const { refused, last } = await refusedOf("documented");
    expect(refused).toHaveLength(3);
    expect(refused[0]).toMatchObject({ name: "RequestLimitExceeded", $metadata: { httpStatusCode: 503 } });
    expect(last).toEqual({ status: 503, code: "RequestLimitExceeded" });
  });

  it("of STS are one for all its actions, and a call too many is throttled in its own words, with 400", async () => {
    const key = demoAws().accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };
    const limits = { ...DOCUMENTED_EC2_LIMITS, sts: { size: 2, perSecond: 1 } };
    const world = aCloud(demoAws(), { limits }, createStandingClock(instantOf(Date.now())));
    const server = await serve(world.cloud.wire);
    const sts = stsClient(server.url, key);
    await sts.send(new GetCallerIdentityCommand({}));
    await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: key.accessKeyId }));
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "Throttling",
      message: "Rate exceeded",
      $metadata: { httpStatusCode: 400 },
    });
    world.script({ match: { method: "GetCallerIdentity" }, effect: { kind: "status", status: 429 } });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "Throttling",
      $metadata: { httpStatusCode: 400 },
    });
    sts.destroy();
    await server.close();
  });
});
