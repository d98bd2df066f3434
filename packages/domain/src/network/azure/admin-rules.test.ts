import fc from "fast-check";
import { instantOf, port, VmRef } from "@sallyport/contracts";
import type { Address, Cidr, GrantId, LockdownId, ObjectId } from "@sallyport/contracts";
import { createSimulator, createStandingClock, SMALL, smallWorld } from "@sallyport/simulator";
import type { ShortAdminRule, ShortRule, SmallWorldParts, WorldDocuments } from "@sallyport/simulator";
import { partAt, verdictAt } from "../address-set.ts";
import { checkPlan } from "../check-plan.ts";
import { explain } from "../explain.ts";
import { exposureOf } from "../exposure.ts";
import type { Seal } from "../mark.ts";
import type { Allow, LockDown, Want } from "../want.ts";
import { createAzureModel } from "./model.ts";
import type { AzureNet } from "./net.ts";
import { parseAzureNet } from "./parse.ts";
import type { AdminRulesBody } from "./parse-admin-rules.ts";

const model = createAzureModel();
const vm = VmRef.parse(SMALL.vm);
const GUEST = "198.51.100.7";
const seal: Seal = {
  sign: (claim) => ({ claim, keyId: "k", signature: "genuine" }),
  verifies: ({ signature }) => signature === "genuine",
};

function netOf(world: WorldDocuments, adminRules?: readonly AdminRulesBody[]): AzureNet {
  const { subscriptions } = world.azure;
  const of = (type: string) =>
    subscriptions.flatMap(({ resources }) => resources.filter((one) => one.type.toLowerCase().endsWith(`/${type}`)));
  return parseAzureNet({
    vms: of("virtualmachines"),
    interfaces: of("networkinterfaces"),
    vnets: of("virtualnetworks"),
    nsgs: of("networksecuritygroups"),
    publicAddresses: of("publicipaddresses"),
    adminRules:
      adminRules ??
      subscriptions.flatMap(({ securityAdminRules = [] }) =>
        securityAdminRules.map(({ virtualNetwork, value }) => ({ vnet: virtualNetwork, rules: value })),
      ),
  });
}
const small = (parts: SmallWorldParts) => netOf(smallWorld(parts));
const unread = (parts: SmallWorldParts = {}) => netOf(smallWorld(parts), [{ vnet: SMALL.vnet, unread: "403" }]);

const allow: Allow = {
  kind: "allow",
  vm,
  grantId: "grant0001" as GrantId,
  ports: [{ port: port(22), protocol: "tcp", sources: [`${GUEST}/32` as Cidr] }],
  end: instantOf(Date.UTC(2026, 0, 31, 10)),
};
const lockDown: LockDown = {
  kind: "lock-down",
  vm,
  id: "l0ckd0wn1" as LockdownId,
  ports: [{ port: port(22), protocol: "tcp" }],
  options: { precedence: "seed", sharedGroups: "refuse" },
  inverse: [],
};
function after(net: AzureNet, want: Want): AzureNet {
  const planned = model.plan(net, want, seal);
  if (!planned.ok) throw new Error(planned.refusals[0].detail);
  expect(checkPlan(model, net, want, planned.changes, seal)).toEqual({ ok: true });
  return model.apply(net, planned.changes);
}
const flow = { vm, destination: SMALL.privateIp as Address, port: port(22), protocol: "tcp" } as const;
const at = (net: AzureNet, source = GUEST) => partAt(model.reachable(net, flow), source as Address);
const hops = (net: AzureNet, source = GUEST) =>
  explain(net, { vm, port: port(22), protocol: "tcp", source: source as Address })?.[0]?.hops.map(
    ({ kind, verdict, rule }) => [kind, verdict, rule],
  );
const ssh: readonly ShortRule[] = [["allow-ssh", "Allow", 200, "22", "*"]];

/** Whatever comes first of these, it is never the one in the middle by the order of the list or its reverse. */
const THREE_OF_ONE_PRIORITY: [ShortAdminRule[1], number, string, string, string][] = [
  ["AlwaysAllow", 2, "22", "*", "avnm"],
  ["Allow", 2, "22", "*", "avnm"],
  ["AlwaysAllow", 2, "22", "*", "avnm"],
];

describe("security admin rules, which come before every NSG (P31)", () => {
  it("decide as the simulated cloud decides, source by source, in whatever order and of how many managers", async () => {
    const short = fc.tuple(
      fc.constantFrom<ShortAdminRule[1]>("Allow", "AlwaysAllow", "Deny"),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom<string>("22", "*", "20-30", "23"),
      fc.constantFrom<string>("*", "198.51.100.0/24", GUEST, "10.0.0.0/16", "VirtualNetwork", "Internet", "Storage"),
      fc.constantFrom<string>("avnm", "avnm", "avnm", "avnm-parent"),
    );
    const rule = fc.tuple(
      fc.constantFrom<"Allow" | "Deny">("Allow", "Deny"),
      fc.integer({ min: 300, max: 303 }),
      fc.constantFrom("22", "*", "23"),
      fc.constantFrom("*", "198.51.100.0/24", "10.0.0.0/16"),
    );
    const nsgRules = fc.uniqueArray(rule, { maxLength: 3, selector: ([, priority]) => priority });
    const sources = [GUEST, "198.51.100.8", "8.8.8.8", SMALL.neighbour];
    await fc.assert(
      fc.asyncProperty(fc.array(short, { maxLength: 4 }), nsgRules, nsgRules, async (admin, nic, subnet) => {
        const world = smallWorld({
          adminRules: admin.map(([access, priority, ports, source, manager], n) => [
            `a${n}`,
            access,
            priority,
            ports,
            source,
            manager,
          ]),
          nic: nic.map(([access, priority, ports, source], n) => [`n${n}`, access, priority, ports, source]),
          subnet: subnet.map(([access, priority, ports, source], n) => [`s${n}`, access, priority, ports, source]),
        });
        const { control } = await createSimulator({ world, clock: createStandingClock(instantOf(0)), auth: false });
        const net = netOf(world);
        for (const door of [22, 23] as const) {
          const set = model.reachable(net, { ...flow, port: port(door) });
          for (const source of sources) {
            const reach = control.reachable({ vm, port: door, source });
            if (!("verdict" in reach)) throw new Error(reach.misunderstood);
            expect([source, door, verdictAt(set, source as Address)]).toEqual([source, door, reach.verdict]);
          }
        }
      }),
      { numRuns: 300, examples: [[THREE_OF_ONE_PRIORITY, [], []]] },
    );
  });

  it("are a hop of their own, with the rule that decides: a Deny ends the way, an AlwaysAllow passes by the NSGs, an Allow hands on", () => {
    const denied = small({ adminRules: [["no-ssh", "Deny", 1, "22", "*"]], nic: ssh, subnet: ssh });
    expect([at(denied).verdict, at(denied).by]).toEqual(["denied", "avnm/no-ssh"]);
    expect(hops(denied)).toEqual([["admin-rule", "denied", "no-ssh"]]);
    const bypassed = small({ adminRules: [["always", "AlwaysAllow", 1, "22", "*"]] });
    expect([at(bypassed).verdict, at(bypassed).by]).toEqual(["allowed", "avnm/always"]);
    expect(hops(bypassed)).toEqual([["admin-rule", "allowed", "always"]]);
    const handedOn = small({
      adminRules: [
        ["hand-on", "Allow", 1, "22", "198.51.100.0/24"],
        ["no-ssh", "Deny", 2, "22", "*"],
      ],
      nic: ssh,
      subnet: ssh,
    });
    expect(at(handedOn)).toMatchObject({ verdict: "allowed", by: "nsg-subnet/allow-ssh + nsg-nic/allow-ssh" });
    expect(hops(handedOn)).toEqual([
      ["admin-rule", "allowed", "hand-on"],
      ["nsg", "allowed", "allow-ssh"],
      ["nsg", "allowed", "allow-ssh"],
    ]);
    expect(at(handedOn, "8.8.8.8").by).toBe("avnm/no-ssh");
    expect(hops(handedOn, "10.0.1.77")?.[0]).toEqual(["admin-rule", "denied", "no-ssh"]);
  });

  it("refuse an opening beforehand, naming the Deny that shadows it, and none where it hands on", () => {
    const rules: readonly ShortAdminRule[] = [["no-ssh", "Deny", 1, "20-30", "Internet"]];
    expect(model.plan(small({ adminRules: rules }), allow, seal)).toMatchObject({
      ok: false,
      refusals: [
        {
          code: "network.shadowed",
          detail: expect.stringMatching(/avnm\/no-ssh denies 198\.51\.100\.7 to 22 of vm-1/),
          object: expect.stringMatching(/\/networkmanagers\/avnm\/.*\/rules\/no-ssh$/),
        },
      ],
    });
    const net = small({ adminRules: [["hand-on", "Allow", 1, "22", GUEST], ...rules.map(later)] });
    expect(at(after(net, allow)).verdict).toBe("allowed");
  });

  it("need no rule of ours where an AlwaysAllow lets the granted source in anyway", () => {
    const net = small({ adminRules: [["always", "AlwaysAllow", 1, "22", `${GUEST}/31`]] });
    expect(model.plan(net, allow, seal)).toEqual({ ok: true, changes: [] });
    // Not so for one more address.
    const wider = small({ adminRules: [["always", "AlwaysAllow", 1, "22", "198.51.100.8"]] });
    expect(model.plan(wider, allow, seal)).toMatchObject({ ok: true, changes: [{ verb: "put" }, { verb: "put" }] });
  });

  it("leave a lockdown not effective under an AlwaysAllow: the deny is written, and the rule is what still lets in", () => {
    const net = small({ adminRules: [["always", "AlwaysAllow", 1, "22", "198.51.100.0/24"]] });
    const locked = after(net, lockDown);
    expect(locked.nsgs.flatMap(({ rules }) => rules.map(({ access }) => access))).toEqual(["deny", "deny"]);
    expect(exposureOf(model, locked, vm, lockDown.ports).map(({ part }) => [part.verdict, part.by])).toEqual([
      ["allowed", "avnm/always"],
    ]);
  });

  it("are unknown, and say so, where they could not be read: nothing counts as closed, and nothing is opened on a guess", () => {
    const locked = after(unread(), lockDown);
    expect(at(locked)).toMatchObject({
      verdict: "unknown",
      by: "vnet-1/security admin rules",
      reason: expect.stringContaining("403"),
    });
    expect(hops(locked)).toEqual([
      ["admin-rule", "unknown", "security admin rules"],
      ["nsg", "denied", expect.stringContaining("sallyport-deny")],
    ]);
    expect(model.plan(unread(), allow, seal)).toMatchObject({
      ok: false,
      refusals: [{ code: "network.source-unknown", object: SMALL.vnet.toLowerCase() }],
    });
    // Who only did not answer is asked again; an opening is not refused for good.
    const away = netOf(smallWorld(), [{ vnet: SMALL.vnet, unread: "503", mayPass: true }]);
    expect(model.plan(away, allow, seal)).toMatchObject({ ok: false, refusals: [{ code: "azure.unavailable" }] });
    // Closing needs to know nothing.
    const open = after(small({}), allow);
    const blind = { ...open, adminRules: unread().adminRules };
    expect(after(blind, { kind: "withdraw", vm, grantId: allow.grantId, objects: [] }).nsgs).toEqual(small({}).nsgs);
  });

  it("are unknown as a whole where one of them is not understood, for it might come first", () => {
    const [body] = netBodies([["always", "AlwaysAllow", 2, "22", "*"]]);
    const odd = { ...Object(body), properties: { ...Object(body).properties, access: "AlwaysDeny", priority: 1 } };
    const net = netOf(smallWorld(), [{ vnet: SMALL.vnet, rules: [body, odd] }]);
    expect(at(net)).toMatchObject({ verdict: "unknown", reason: expect.stringContaining("always") });
  });

  it("come with what the recommendation is to know: which decide, and what could not be read", () => {
    const net = small({ adminRules: [["no-ssh", "Deny", 1, "22", "*"]] });
    expect(model.facts(net, vm)?.adminRules).toEqual([
      { network: SMALL.vnet.toLowerCase() as ObjectId, deciders: ["avnm/no-ssh"] },
    ]);
    expect(model.facts(unread(), vm)?.adminRules).toMatchObject([{ unread: "403" }]);
    expect(model.facts(small({}), vm)?.adminRules).toEqual([]);
  });
});

const later = ([name, access, priority, ports, source]: ShortAdminRule): ShortAdminRule => [
  name,
  access,
  priority + 1,
  ports,
  source,
];
const netBodies = (adminRules: readonly ShortAdminRule[]): readonly unknown[] =>
  smallWorld({ adminRules }).azure.subscriptions.flatMap(({ securityAdminRules = [] }) =>
    securityAdminRules.flatMap(({ value }) => value),
  );
