import { PolicyBody, instantOf, scopeOf } from "@sallyport/contracts";
import { parseAwsNet } from "@sallyport/domain";
import type { AwsQuotas } from "@sallyport/domain";
import { deriveLockdownId } from "@sallyport/service-kit";
import { aBackbone, aProfile, aVm } from "@sallyport/testkit";
import { aFinding } from "../an-api.conformance.ts";
import { networksTable, sightingsTable } from "../views/surveyed-networks.ts";
import { planOf } from "./plan-of.ts";

const vm = aVm("aws");
const scope = scopeOf(vm);
const instance = vm.slice(vm.lastIndexOf("/") + 1);
const about = { GroupId: "sg-1", IsEgress: false, IpProtocol: "tcp", CidrIpv4: "10.0.0.0/8" };
/** As many rules as AWS grants unasked, of which one has to be cut in two. */
const net = parseAwsNet({
  scope,
  reservations: [{ Instances: [{ InstanceId: instance, State: { Name: "running" } }] }],
  interfaces: [
    {
      NetworkInterfaceId: "eni-1",
      VpcId: "vpc-1",
      PrivateIpAddress: "10.0.0.1",
      Attachment: { InstanceId: instance, DeviceIndex: 0 },
      Groups: [{ GroupId: "sg-1" }],
    },
  ],
  groups: [{ GroupId: "sg-1", GroupName: "app", VpcId: "vpc-1" }],
  rules: [...Array.from({ length: 59 }, (_, n) => [8000 + n, 8000 + n]), [0, 1000]].map(([FromPort, ToPort], n) => ({
    ...about,
    SecurityGroupRuleId: `sgr-${n}`,
    FromPort,
    ToPort,
  })),
  prefixLists: [],
  members: "all",
  references: "all",
});

describe("the plan of a lockdown, before it is asked for", () => {
  it.each([
    ["AWS's own quotas, which have no room", undefined, ["network.quota"]],
    ["the quotas of the account, which AWS has raised", { groupsPerInterface: 5, rulesPerGroup: 120 }, []],
  ] satisfies readonly (readonly [string, AwsQuotas | undefined, readonly string[]])[])(
    "goes by %s",
    async (_what, awsLimits, refused) => {
      const { incarnate, store } = aBackbone();
      const { records } = incarnate().ports;
      const at = instantOf(0);
      await records.put(networksTable, "page", { scope, at, net: JSON.parse(JSON.stringify(net)) as unknown }, 0);
      await records.put(sightingsTable, vm, { value: { network: "page" } }, 0);
      const plan = await planOf(
        { records, deriveLockdownId, ...(awsLimits && { awsLimits }) },
        { vm, profile: aProfile({ vm }), finding: aFinding() },
        PolicyBody.parse({ ports: [{ port: 22 }] }),
      );
      store.close();
      expect(plan?.refusals.map(({ code }) => code)).toEqual(refused);
      expect(plan?.changes.length).toBe(refused.length > 0 ? 0 : 3);
    },
  );
});
