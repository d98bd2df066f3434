import { createSystemClock, quietLog } from "@sallyport/backbone";
import { createAwsNetwork, createFunctionTransport } from "@sallyport/cloud-aws";
import type { AwsAccount } from "@sallyport/cloud-aws";
import type { ScopeId } from "@sallyport/contracts";
import { createSimulator, demoWorld, withAwsRole } from "@sallyport/simulator";
import type { Simulator } from "@sallyport/simulator";
import { withLeastRole } from "./least-role.ts";

const clock = createSystemClock();
const simulated = (world: Parameters<typeof createSimulator>[0]["world"]) =>
  createSimulator({ world, clock, auth: true });

/** Surveys the demonstration's Ireland as a deployment would that was told what the simulator says of its account. */
async function survey({ ec2, describe: ready }: Pick<Simulator, "ec2" | "describe">, access: Partial<AwsAccount> = {}) {
  const [account] = ready().accounts;
  if (account === undefined) throw new Error("the demonstration has an AWS account");
  const { accountId, enterBy, ...credentials } = account;
  const network = createAwsNetwork({
    clock,
    log: quietLog,
    settings: {
      endpoint: "http://127.0.0.1:1",
      accounts: [{ accountId, regions: ["eu-west-1"], credentials, ...enterBy, ...access }],
    },
    requestHandler: createFunctionTransport(ec2),
  });
  let looks = 0;
  for await (const _ of network.survey(`${accountId}/eu-west-1` as ScopeId)) looks += 1;
  return looks;
}

describe("the way into the demonstration's AWS account", () => {
  it("is a session of the least role, under its external id", async () => {
    const simulator = await simulated(withLeastRole(demoWorld()));
    await expect(survey(simulator)).resolves.toBeGreaterThan(0);
    expect(simulator.documents().aws.accounts[0]).toMatchObject({
      sessions: [{ roleArn: "arn:aws:iam::210987654321:role/sallyport" }],
    });
    await expect(survey(simulator, { externalId: "another" })).rejects.toMatchObject({ code: "aws.unauthorized" });
  });

  it("is shut to what the least role may not", async () => {
    const world = withLeastRole(demoWorld());
    const narrower = withAwsRole(world, { accountId: "210987654321", roleName: "sallyport", policies: [] });
    await expect(survey(await simulated(narrower))).rejects.toMatchObject({ code: "aws.unauthorized" });
  });

  it("stays as it is where a world names one of its own", async () => {
    const enterBy = { roleArn: "arn:aws:iam::210987654321:role/theirs", externalId: "theirs" };
    const demo = demoWorld();
    const world = { ...demo, aws: { ...demo.aws, accounts: demo.aws.accounts.map((one) => ({ ...one, enterBy })) } };
    expect(withLeastRole(world)).toEqual(world);
  });
});
