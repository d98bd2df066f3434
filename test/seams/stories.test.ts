import { plusSeconds } from "@sallyport/contracts";
import type { Cidr } from "@sallyport/contracts";
import { aGrantId, anAccess, aVm, behind, gate } from "@sallyport/testkit";
import { approvalOf, policyOn, tellStory } from "./story.ts";
import type { Story } from "./story.ts";

const HOME = "203.0.113.7";
const ELSEWHERE = "198.51.100.1";

const typesOf = async (story: Story) =>
  (await story.told())
    .filter(({ source }) => source !== "/test")
    .map(({ type }) => type.replace(/^sallyport\.(.*)\.v1$/, "$1"));

describe("the seams, tried over a toy network", () => {
  it("carry a grant through two NSGs: closed, opened for one source at both levels, closed again", async () => {
    const vm = aVm("azure");
    const story = await tellStory("azure", behind(vm, "nsg-subnet", "nsg-nic"));
    const before = story.cloud.net();
    expect(story.reachable(vm, 22, ELSEWHERE)).toBe(true);

    await story.tell(policyOn(vm, [22]));
    expect(story.reachable(vm, 22, HOME)).toBe(false);
    expect(story.reachable(vm, 80, HOME)).toBe(true);

    await story.tell(approvalOf(story, { vm }));
    expect(story.reachable(vm, 22, HOME)).toBe(true);
    expect(story.reachable(vm, 22, ELSEWHERE)).toBe(false);

    await story.clock.pass(7200_000);
    expect(story.reachable(vm, 22, HOME)).toBe(false);
    expect(await typesOf(story)).toEqual(["access.granted", "access.revoked", "lockdown.prepared", "lockdown.locked"]);

    await story.tell({
      type: "sallyport.policy.removed.v1",
      data: { vm, by: anAccess().principal, version: 2, at: story.clock.now() },
    });
    expect(story.cloud.net()).toEqual(before);
  });

  it("carry a grant on AWS through a cloned group, and leave the neighbour of the original as it was", async () => {
    const [vm, neighbour] = [aVm("aws", 1), aVm("aws", 2)];
    const net = behind(vm, "sg-shared");
    const shared = {
      ...net,
      vms: { ...net.vms, [neighbour]: { address: "10.0.0.5" as never, behind: [gate("sg-shared")] } },
    };
    const story = await tellStory("aws", shared);
    await story.tell(policyOn(vm, [22], 1, { precedence: "seed", sharedGroups: "clone" }));
    expect([story.reachable(vm, 22, HOME), story.reachable(neighbour, 22, HOME)]).toEqual([false, true]);

    await story.tell(approvalOf(story, { vm }));
    expect([story.reachable(vm, 22, HOME), story.reachable(vm, 22, ELSEWHERE)]).toEqual([true, false]);
    await story.clock.pass(7200_000);
    expect(story.reachable(vm, 22, HOME)).toBe(false);

    await story.tell({
      type: "sallyport.policy.removed.v1",
      data: { vm, by: anAccess().principal, version: 2, at: story.clock.now() },
    });
    expect(story.cloud.net()).toEqual(shared);
  });

  it("end a grant whose port is removed from the policy while it is open, and no other", async () => {
    const vm = aVm("azure");
    const story = await tellStory("azure", behind(vm, "nsg"));
    await story.tell(policyOn(vm, [22, 3389]));
    await story.tell(approvalOf(story, { vm, grantId: aGrantId(1) }));
    await story.tell(approvalOf(story, { vm, grantId: aGrantId(2), ports: [{ port: 3389, sources: [HOME] }] }));
    await story.tell(policyOn(vm, [3389], 2));
    expect(await story.grant(aGrantId(1))).toMatchObject({ state: "Closed", reason: "policy-removed" });
    expect(await story.grant(aGrantId(2))).toMatchObject({ state: "Open" });
    // The port is nobody's business any more: as it was before the lockdown.
    expect(story.reachable(vm, 22, ELSEWHERE)).toBe(true);
    expect([story.reachable(vm, 3389, HOME), story.reachable(vm, 3389, ELSEWHERE)]).toEqual([true, false]);
  });

  it("carry an extension: open beyond the first end, re-marked, closed at the second", async () => {
    const vm = aVm("azure");
    const story = await tellStory("azure", behind(vm, "nsg"));
    await story.tell(policyOn(vm, [22]));
    const approval = approvalOf(story, { vm });
    await story.tell(approval);
    await story.clock.pass(3600_000);
    const later = plusSeconds(story.clock.now(), 7200);
    await story.tell({
      ...approval,
      data: { ...approval.data, notAfter: later, approvedAt: story.clock.now(), extends: true },
    });
    await story.clock.pass(5400_000);
    expect(story.reachable(vm, 22, HOME)).toBe(true);
    expect(
      story.cloud
        .net()
        .gates[gate("nsg")]?.flatMap(({ mark }) => (mark?.claim.kind === "grant" ? [mark.claim.end] : [])),
    ).toEqual([later]);
    await story.clock.pass(1800_000);
    expect(story.reachable(vm, 22, HOME)).toBe(false);
    expect((await typesOf(story)).slice(0, 3)).toEqual(["access.granted", "access.extended", "access.revoked"]);
  });

  it("end a grant whose VM is deleted while it is open, and leave nothing of it behind", async () => {
    const vm = aVm("azure");
    const story = await tellStory("azure", behind(vm, "nsg"));
    await story.tell(policyOn(vm, [22]));
    await story.tell(approvalOf(story, { vm }));
    story.cloud.change((net) => ({ ...net, vms: {} }));
    await story.tell({ type: "sallyport.posture.gone.v1", data: { vm, at: story.clock.now() } });
    expect(await story.grant(aGrantId())).toMatchObject({ state: "Closed", reason: "vm-gone" });
    expect(story.cloud.net().gates[gate("nsg")]?.map(({ name }) => name)).toEqual(["deny"]);
  });

  it("survive a crash between the row and its jobs: what is owed is kept by whoever looks next", async () => {
    const vm = aVm("azure");
    const story = await tellStory("azure", behind(vm, "nsg"), 1_000);
    await story.tell(policyOn(vm, [22]));
    await story.clock.pass(5_000);
    await story.tell(approvalOf(story, { vm }));
    // Under way: the write takes a second, the process has half of it.
    await story.clock.pass(500);
    await story.crash();
    await story.clock.pass(60_000);
    expect(await story.grant(aGrantId())).toMatchObject({ state: "Open" });
    await story.crash();
    await story.clock.pass(7200_000);
    expect(story.reachable(vm, 22, HOME)).toBe(false);
    expect(await story.grant(aGrantId())).toMatchObject({ state: "Closed", reason: "expired" });
  });

  it("bring twenty wants on one slow object into a few writes, each grant for its own source", async () => {
    const vm = aVm("azure");
    const story = await tellStory("azure", behind(vm, "nsg"), 10_000);
    await story.tell(policyOn(vm, [22]));
    await story.clock.pass(60_000);
    const before = story.cloud.writes().length;
    const sources = Array.from({ length: 20 }, (_, i) => `203.0.113.${i + 1}`);
    await story.tell(
      ...sources.map((source, i) =>
        approvalOf(story, { vm, grantId: aGrantId(i + 1), ports: [{ port: 22, sources: [source as Cidr] }] }),
      ),
    );
    await story.clock.pass(60_000);
    expect(sources.map((source) => story.reachable(vm, 22, source))).toEqual(sources.map(() => true));
    expect(story.reachable(vm, 22, ELSEWHERE)).toBe(false);
    expect(story.cloud.writes().length - before).toBeLessThanOrEqual(3);
  });
});
