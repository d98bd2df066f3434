import { VmRef, instantOf, port } from "@sallyport/contracts";
import type { Cidr, GrantId, LockdownId } from "@sallyport/contracts";
import type { Allow, LockDown } from "../want.ts";
import { aNet, seal, vmOf } from "./aws-net.conformance.ts";
import type { NetParts } from "./aws-net.conformance.ts";
import { createAwsModel } from "./model.ts";
import type { AwsModelOptions } from "./model.ts";
import type { AwsNet } from "./net.ts";
import { limitsBy } from "./quota.ts";

const vm = vmOf(1);
const allow: Allow = {
  kind: "allow",
  vm,
  grantId: "grant0001" as GrantId,
  ports: [{ port: port(22), protocol: "tcp", sources: ["203.0.113.7/32" as Cidr] }],
  end: instantOf(Date.UTC(2026, 0, 31, 10)),
};
const lockDown: LockDown = {
  kind: "lock-down",
  vm,
  id: "l0ckd0wn" as LockdownId,
  ports: [{ port: port(22), protocol: "tcp" }],
  options: { precedence: "seed", sharedGroups: "clone" },
  inverse: [],
};
/** Two groups that open the port, the second of them shared: it is copied. */
const shared: NetParts = {
  groups: { own: [["tcp", "22", "192.0.2.0/24"]], base: [["tcp", "22", "0.0.0.0/0"]] },
  vms: [[["own", "base"]], [["base"]]],
};
const inRegion = (groupsInRegion: number): AwsNet => ({ ...aNet(shared), groupsInRegion });
const isRefused = (net: AwsNet, want: Allow | LockDown, options: AwsModelOptions): readonly string[] => {
  const plan = createAwsModel(options).plan(net, want, seal);
  return plan.ok ? [] : plan.refusals.map(({ code, object }) => `${code} ${object ?? ""}`);
};
const full = ["network.quota 123456789012/eu-west-1"];

describe("the quota of groups in a region", () => {
  it("is asked before a grant's group is made, and no more once it is there", () => {
    expect(isRefused(inRegion(9), allow, { groupsPerRegion: 9 })).toEqual(full);
    expect(isRefused(inRegion(8), allow, { groupsPerRegion: 9 })).toEqual([]);
    const model = createAwsModel();
    const plan = model.plan(inRegion(8), allow, seal);
    const opened = model.apply(inRegion(8), plan.ok ? plan.changes : []);
    expect(isRefused({ ...opened, groupsInRegion: 9 }, allow, { groupsPerRegion: 9 })).toEqual([]);
  });

  it("has room for a lockdown's copies and for the first grant after it, and is not asked where nobody knows the number", () => {
    expect(isRefused(inRegion(7), lockDown, { groupsPerRegion: 9 })).toEqual([]);
    expect(isRefused(inRegion(8), lockDown, { groupsPerRegion: 9 })).toEqual(full);
    expect(isRefused(aNet(shared), lockDown, { groupsPerRegion: 1 })).toEqual([]);
    const stands = createAwsModel().plan(inRegion(2), lockDown, seal);
    const locked = createAwsModel().apply(inRegion(2), stands.ok ? stands.changes : []);
    const again = { ...lockDown, inverse: stands.ok ? (stands.inverse ?? []) : [] };
    expect(isRefused({ ...locked, groupsInRegion: 9 }, again, { groupsPerRegion: 9 })).toEqual([]);
  });

  it("is met before anything else is taken away: copies are made first", () => {
    const plan = createAwsModel().plan(aNet(shared), lockDown, seal);
    const said = plan.ok ? plan.changes.map(({ verb, rule }) => `${verb} ${rule.kind}`) : [];
    expect(said[0]).toBe("put group");
    expect(said.indexOf("put group")).toBeLessThan(said.indexOf("delete ingress"));
  });
});

describe("whose quotas hold", () => {
  const other = VmRef.parse("arn:aws:ec2:eu-west-1:999999999999:instance/i-00000009");

  it("are those of the VM's account where it has its own, else those of all", () => {
    const limitsOf = limitsBy({ groupsPerInterface: 6, accounts: { "123456789012": { groupsPerInterface: 8 } } });
    expect(limitsOf(vm)).toEqual({ groupsPerInterface: 8, rulesPerGroup: 60, groupsPerRegion: 2500 });
    expect(limitsOf(other)).toEqual({ groupsPerInterface: 6, rulesPerGroup: 60, groupsPerRegion: 2500 });
  });

  it("are refused at once where AWS cannot have granted them together", () => {
    expect(() => limitsBy({ rulesPerGroup: 201 })).toThrow("1005 rules");
    expect(() => limitsBy({ accounts: { "123456789012": { groupsPerInterface: 16, rulesPerGroup: 63 } } })).toThrow(
      "1008",
    );
  });
});
