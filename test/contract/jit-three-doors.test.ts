import { vmKeyOf, VmRef } from "@sallyport/contracts";
import type { SallyportEvent } from "@sallyport/contracts";
import { requesting } from "../journeys/people.ts";
import { aSystem } from "../journeys/a-system.ts";
import type { Answer, SystemUnderTest } from "../journeys/a-system.ts";
import { GUEST, STRANGER, azureEstate } from "../journeys/estates.ts";
import type { Person } from "../journeys/people.ts";
import { POLICY, createJitCalls, initiateBody, policyBody } from "./jit-calls.ts";

const vm = VmRef.parse(azureEstate.vm);
const vmPage = `/v1/vms/${vmKeyOf(vm)}/policy`;

interface Ask {
  readonly port?: number;
  readonly duration?: string;
  readonly source?: string;
}

/** One way to enable, to request and to remove (S2). */
interface Door {
  readonly enable: (person: Person) => Promise<Answer>;
  readonly request: (person: Person, ask?: Ask) => Promise<Answer>;
  readonly remove: (person: Person) => Promise<Answer>;
}

function ours(system: SystemUnderTest, ofFleet: boolean): Door {
  const rules = [{ port: 22, protocol: "tcp", allowedSources: ["198.51.100.0/24"], maxDuration: "PT3H" }];
  return {
    enable: async (person) => {
      if (!ofFleet) return system.call(person, "PUT", vmPage, { body: { ports: rules } });
      const answer = await system.call(person, "POST", "/v1/policies", {
        body: { vms: [vm], policy: { ports: rules } },
        headers: { "idempotency-key": crypto.randomUUID() },
      });
      const [{ problem }] = answer.body.items;
      return problem === undefined ? answer : { ...answer, status: problem.status, body: problem };
    },
    request: async (person, { port = 22, duration = "PT1H", source = GUEST } = {}) => {
      const asked = await system.call(person, "POST", "/v1/access-requests", {
        body: {
          ...(ofFleet ? { vms: [vm] } : { vm }),
          ports: [port],
          sources: [source],
          duration,
          justification: "hotfix 4711",
        },
        headers: { "idempotency-key": crypto.randomUUID() },
      });
      if (asked.status !== 202) return asked;
      await system.pass(1000);
      return system.call(person, "GET", `/v1/access-requests/${asked.body.id}`);
    },
    remove: (person) => system.call(person, "DELETE", vmPage, { headers: { "if-match": "*" } }),
  };
}

function azures(system: SystemUnderTest): Door {
  const { call } = createJitCalls(system);
  return {
    enable: (person) => call(person, "PUT", POLICY, policyBody()),
    request: (person, { port = 22, duration = "PT1H", source = GUEST } = {}) =>
      call(
        person,
        "POST",
        `${POLICY}/initiate`,
        initiateBody({ number: port, duration, allowedSourceAddressPrefix: source }),
      ),
    remove: (person) => call(person, "DELETE", POLICY),
  };
}

const doors: readonly (readonly [string, (system: SystemUnderTest) => Door])[] = [
  ["the fleet's", (system) => ours(system, true)],
  ["the VM's page", (system) => ours(system, false)],
  ["Azure's API", azures],
];

/** What an event says, without what is new each time: ids, and instants. */
const told = ({ type, subject, data }: SallyportEvent): unknown =>
  JSON.parse(
    JSON.stringify({ type, subject, data }, (key, value: unknown) =>
      /^(?:requestId|grantId|signature|rule|objects|readBack|inverse|id|by)$/.test(key) && typeof value !== "object"
        ? "…"
        : value,
    ).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\bg[0-9a-f]{15,}\b|sp1\.[\w.-]+/g, "…"),
  );

/** The codes with which something was refused, whatever the answer looks like. */
const codesOf = ({ status, body }: Answer): readonly string[] => {
  if (status < 300 && body?.status !== "Denied") return [];
  const refusals: readonly { readonly code: string }[] =
    body.errors ?? body.error?.details ?? body.grants.flatMap(({ reasons }: { reasons: unknown }) => reasons);
  return refusals.map(({ code }) => code);
};

describe("three doors", () => {
  const tell = async (open: (system: SystemUnderTest) => Door) => {
    const system = await aSystem();
    try {
      const door = open(system);
      const refused: (readonly string[])[] = [];
      const expectRefusal = async (answer: Promise<Answer>) => void refused.push(codesOf(await answer));
      await expectRefusal(door.enable("rita"));
      await door.enable("ada");
      await system.pass(60_000);
      await expectRefusal(door.request("alice", { port: 3389 }));
      await expectRefusal(door.request("alice", { source: STRANGER }));
      await expectRefusal(door.request("alice", { duration: "PT4H" }));
      await expectRefusal(door.request("rita"));
      await door.request("alice");
      await system.pass(60_000);
      const isOpen = system.reachable(vm, 22, GUEST);
      const policy = await system.call("ada", "GET", vmPage);
      await system.pass(3_700_000);
      const isClosed = !system.reachable(vm, 22, GUEST);
      await expectRefusal(door.remove("alice"));
      await door.remove("ada");
      await system.pass(60_000);
      const events = await system.events();
      return {
        refused,
        isOpen,
        isClosed,
        rules: policy.body.ports,
        events: events.map(told),
        complaints: system.complaints,
      };
    } finally {
      system.close();
    }
  };

  it("give identical policies, events and refusals (S2)", async () => {
    const [fleet, page, azure] = [
      await tell(doors[0]?.[1] ?? azures),
      await tell(doors[1]?.[1] ?? azures),
      await tell(azures),
    ];
    expect(fleet.refused).toEqual([
      ["rbac.missing-action", "rbac.missing-action"],
      ["policy.port-not-covered"],
      ["policy.source-not-covered"],
      ["policy.duration-too-long"],
      ["rbac.missing-action"],
      ["rbac.missing-action"],
    ]);
    expect([fleet.isOpen, fleet.isClosed, fleet.complaints]).toEqual([true, true, []]);
    expect(page).toEqual(fleet);
    expect(azure).toEqual(fleet);
  });

  it("are closed alike to who may do everything but one thing", async () => {
    const missing = requesting.filter((action) => !action.startsWith("Microsoft.Network/publicIPAddresses"));
    const answers = await Promise.all(
      doors.map(async ([, open]) => {
        const system = await aSystem();
        try {
          await open(system).enable("ada");
          await system.pass(60_000);
          system.people.grant("alice", missing);
          return codesOf(await open(system).request("alice"));
        } finally {
          system.close();
        }
      }),
    );
    expect(answers).toEqual(doors.map(() => ["rbac.missing-action"]));
  });
});
