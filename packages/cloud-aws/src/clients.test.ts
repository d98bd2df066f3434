import { ScopeId, instantOf } from "@sallyport/contracts";
import { ACCOUNT, KEY, REGION, ROLE, anAws } from "./aws-cloud.conformance.ts";
import type { AwsUnderTest } from "./aws-cloud.conformance.ts";
import { createClients } from "./clients.ts";
import { GRANT, allow, lockDown, once, unlock, withdraw } from "./wants.conformance.ts";

describe("getting into an account", () => {
  const read = async (access: NonNullable<Parameters<typeof anAws>[0]>["access"] & object) => {
    const cloud = await anAws({ access });
    return (await cloud.during(cloud.network.read({ vms: [cloud.vm], objects: [] }))).instances.length;
  };

  it("takes a key", async () => {
    expect(await read({ credentials: KEY })).toBe(1);
  });

  it("assumes a role with the key, naming the external id", async () => {
    expect(await read({ credentials: KEY, roleArn: ROLE.Arn, externalId: "tenant-1" })).toBe(1);
  });

  it("is refused, and may be let in later, with a wrong key or without the external id", async () => {
    await expect(read({ credentials: { ...KEY, secretAccessKey: "wrong" } })).rejects.toMatchObject({
      code: "aws.unauthorized",
      retryable: true,
    });
    await expect(read({ credentials: KEY, roleArn: ROLE.Arn })).rejects.toMatchObject({ code: "aws.unauthorized" });
  });

  it("refuses what is not connected by name: the account, or its region", () => {
    const clients = createClients({ accounts: [{ accountId: ACCOUNT, regions: [REGION], credentials: KEY }] });
    expect(clients.scopes).toEqual([`${ACCOUNT}/${REGION}`]);
    const refusing = (scope: string) => () => clients.of(ScopeId.parse(scope));
    const refusal = (detail: string) =>
      expect.objectContaining({
        code: "scope.not-enrolled",
        retryable: false,
        message: expect.stringContaining(detail),
      });
    expect(refusing("111111111111/us-east-1")).toThrow(refusal("AWS account 111111111111 is not connected"));
    expect(refusing(`${ACCOUNT}/us-east-1`)).toThrow(refusal("region us-east-1 of AWS account"));
  });
});

describe("sessions", () => {
  const access = { credentials: KEY, roleArn: ROLE.Arn, externalId: "tenant-1" };
  const entered = (cloud: AwsUnderTest) =>
    cloud.calls.flatMap(({ action, params }) =>
      action === "AssumeRole" ? [[params.get("RoleSessionName"), params.get("SourceIdentity")]] : [],
    );

  it("are one for each grant that is written for, and one for all that only looks; each asks STS once", async () => {
    const cloud = await anAws({ access, start: instantOf(Date.now()) });
    await once(cloud, allow(cloud));
    const grant = `sallyport-${GRANT}`;
    expect(entered(cloud)).toEqual([
      ["sallyport", "sallyport"],
      [grant, grant],
    ]);
    await once(cloud, withdraw(cloud));
    expect(entered(cloud).length).toBe(2);

    const keys = (isWrite: boolean) =>
      new Set(
        cloud.calls.flatMap((call) =>
          call.isWrite === isWrite && call.action !== "AssumeRole" ? [call.accessKeyId] : [],
        ),
      );
    expect(keys(true).size).toBe(1);
    // What is looked up on the way of a write is looked up for the grant.
    expect(keys(false).size).toBe(2);
  });

  it("are what the account's trail shows beside every write", async () => {
    const cloud = await anAws({ access, start: instantOf(Date.now()) });
    await once(cloud, allow(cloud));
    const grant = `sallyport-${GRANT}`;
    expect(cloud.trail()).toEqual(
      Array.from({ length: 3 }, () => ({
        arn: `arn:aws:sts::${ACCOUNT}:assumed-role/sallyport/${grant}`,
        sourceIdentity: grant,
      })),
    );
  });

  it("name the lockdown also where what is written carries no mark: a rule that is taken away, and given back", async () => {
    const IpRanges = [{ CidrIp: "198.51.100.0/24", Description: "the office" }];
    const app = [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges }];
    const cloud = await anAws({ access, app, start: instantOf(Date.now()) });
    const { inverse, writes } = await once(cloud, lockDown(cloud));
    const back = await once(cloud, unlock(cloud, inverse));
    expect([...writes, ...back.writes]).toEqual(["RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"]);
    const lockdown = `sallyport-${lockDown(cloud).id}`;
    expect(cloud.trail().map(({ sourceIdentity }) => sourceIdentity)).toEqual([lockdown, lockdown]);
  });

  it("are entered anew when AWS takes them no more before their time is up by our clock, for looks and for writes", async () => {
    const cloud = await anAws({ access, start: instantOf(Date.now()) });
    await once(cloud, allow(cloud));
    // An hour of the world, in which the machine's own clock, by which the SDK judges, hardly moves.
    await cloud.pass(3_700_000);
    const before = entered(cloud).length;
    await once(cloud, withdraw(cloud));
    expect(await cloud.world.reachable(cloud.vm, cloud.port, cloud.guest)).toBe(false);
    // Many looks at once are refused at once; they enter once.
    expect(
      entered(cloud)
        .slice(before)
        .map(([name]) => name),
    ).toEqual(["sallyport", `sallyport-${GRANT}`]);
  });

  it("are not entered anew where there is only a key that AWS does not take", () => {
    const clients = createClients({ accounts: [{ accountId: ACCOUNT, regions: [REGION], credentials: KEY }] });
    const scope = ScopeId.parse(`${ACCOUNT}/${REGION}`);
    expect(clients.renewed(clients.of(scope), scope)).toBeUndefined();
  });

  it("are kept only so many: the one that was used longest ago is forgotten", () => {
    const clients = createClients({ accounts: [{ accountId: ACCOUNT, regions: [REGION], ...access }] });
    const scope = ScopeId.parse(`${ACCOUNT}/${REGION}`);
    const first = clients.of(scope, "sallyport-first000");
    for (let n = 0; n < 255; n += 1) clients.of(scope, `sallyport-grant${n}`);
    expect(clients.of(scope, "sallyport-first000")).toBe(first);
    clients.of(scope, "sallyport-another0");
    expect(clients.of(scope, "sallyport-first000")).toBe(first);
    for (let n = 0; n < 256; n += 1) clients.of(scope, `sallyport-later${n}`);
    expect(clients.of(scope, "sallyport-first000")).not.toBe(first);
    expect(clients.of(scope)).toBe(clients.of(scope));
  });

  it("are none of without a role: there is one client", () => {
    const clients = createClients({ accounts: [{ accountId: ACCOUNT, regions: [REGION], credentials: KEY }] });
    const scope = ScopeId.parse(`${ACCOUNT}/${REGION}`);
    expect(clients.of(scope, "sallyport-first000")).toBe(clients.of(scope));
  });
});
