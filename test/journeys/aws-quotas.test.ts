import { PoliciesView } from "@sallyport/contracts";
import { aJourney } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { awsMachine, awsWorld } from "./aws-shapes.ts";
import { ACCOUNT, GUEST } from "./estates.ts";
import { networkOf } from "./network-of.ts";

/** One VM in two groups, in an account that AWS has given these quotas. */
const withQuotas = (quotas: object) => {
  const { azure, aws } = awsWorld({
    groups: { base: [["tcp", "22", "192.0.2.0/24"]], more: [["tcp", "443", "0.0.0.0/0"]] },
    machines: [[["base", "more"]]],
  });
  return { azure, aws: { ...aws, accounts: aws.accounts.map((account) => ({ ...account, quotas })) } } as ReturnType<
    typeof awsWorld
  >;
};
/** What a dry run refuses. */
async function planned(journey: Journey): Promise<readonly string[]> {
  const { body } = await journey.call("ada", "POST", "/v1/policies?dryRun=true", {
    body: { vms: [journey.vm], policy: { ports: [{ port: 22 }] } },
    headers: { "idempotency-key": crypto.randomUUID() },
  });
  const [item] = PoliciesView.parse(body).items;
  if (item?.plan === undefined) throw new Error(JSON.stringify(body));
  return item.plan.refusals.map(({ code, object = "", detail }) => `${code} ${object}: ${detail}`);
}

describe("quotas of an AWS account (P20, P44)", () => {
  it("refuse beforehand, where they are configured: what has no room for a grant's group is not put under JIT", async () => {
    const quotas = { groupsPerInterface: 2, rulesPerGroup: 60, groupsPerRegion: 2500 };
    const journey = await aJourney(awsMachine, { world: withQuotas(quotas), aws: { accounts: { [ACCOUNT]: quotas } } });
    expect((await planned(journey)).join()).toMatch(/^network\.quota eni-\w+: .* its quota is 2/);
    const before = networkOf(journey.simulator);
    expect((await journey.underJit()).lockdown).toMatchObject({
      status: "Failed",
      reasons: [{ code: "network.quota" }],
    });
    expect(networkOf(journey.simulator)).toBe(before);
  });

  it("are those of the account, raised or not, in the dry run as in what is then done", async () => {
    const raised = { groupsPerInterface: 8, rulesPerGroup: 100, groupsPerRegion: 5000 };
    const aws = { groupsPerInterface: 2, accounts: { [ACCOUNT]: raised } };
    const journey = await aJourney(awsMachine, { world: withQuotas(raised), aws });
    expect(await planned(journey)).toEqual([]);
    await journey.underJit();
    for (const n of [1, 2, 3, 4, 5, 6])
      expect((await journey.opened({ sources: [`198.51.100.${n}`] })).status).toBe("Open");
    expect((await journey.opened({ sources: [GUEST] })).reasons).toMatchObject([{ code: "network.quota" }]);
  });

  it("say in the dry run that a region is full, by the survey's own count", async () => {
    const quotas = { groupsPerInterface: 5, rulesPerGroup: 60, groupsPerRegion: 2 };
    const journey = await aJourney(awsMachine, { world: withQuotas(quotas), aws: { accounts: { [ACCOUNT]: quotas } } });
    expect((await planned(journey)).join()).toMatch(
      /^network\.quota \d{12}\/\S+: .* has 2 security groups, 1 more .* its quota is 2/,
    );
  });

  it("are heard from EC2 where nobody configured them: the grant has failed, says why, and nothing of it is there", async () => {
    const journey = await aJourney(awsMachine, { world: withQuotas({ groupsPerRegion: 2 }) });
    await journey.underJit();
    const locked = networkOf(journey.simulator);
    const grant = await journey.opened();
    expect(grant).toMatchObject({ status: "Failed", reasons: [{ code: "network.quota" }] });
    expect(grant.reasons?.[0]?.detail).toContain("no room for another security group");
    expect(networkOf(journey.simulator)).toBe(locked);
  });
});
