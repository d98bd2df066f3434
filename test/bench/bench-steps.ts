import { VmRef, instantOf, port } from "@sallyport/contracts";
import type { Cidr, GrantId } from "@sallyport/contracts";
import { checkPlan, createAzureModel, parseAzureNet } from "@sallyport/domain";
import type { Allow, AzureNet, Seal } from "@sallyport/domain";
import { SMALL, callJson, createSimulator, createStandingClock, smallWorld } from "@sallyport/simulator";
import type { ShortRule, Simulator } from "@sallyport/simulator";
import { contest, repeating } from "./contest.ts";
import type { Side } from "./contest.ts";
import type { Figure } from "./figure.ts";

const RULES = 50;
const API = "?api-version=2025-05-01";

const smallCloud = (): Promise<Simulator> => {
  const foreign = Array.from({ length: RULES }, (_, n): ShortRule => [
    `r${n}`,
    "Allow",
    400 + n,
    `${1000 + 10 * n}`,
    "*",
  ]);
  const clock = createStandingClock(instantOf(Date.UTC(2026, 0, 31)));
  return createSimulator({ world: smallWorld({ nic: foreign, subnet: [] }), clock, auth: false });
};

/** The network as it is read from the simulated cloud. */
async function netOf({ arm }: Simulator): Promise<AzureNet> {
  const provider = (name: string) => `/subscriptions/${SMALL.place.subscriptionId}/providers/Microsoft.${name}${API}`;
  const list = async (name: string): Promise<readonly unknown[]> => {
    const { json } = await callJson(arm, "GET", provider(name));
    if (typeof json !== "object" || json === null || !("value" in json) || !Array.isArray(json.value))
      throw new Error(`the simulator lists no ${name}`);
    return json.value;
  };
  return parseAzureNet({
    vms: await list("Compute/virtualMachines"),
    interfaces: await list("Network/networkInterfaces"),
    vnets: await list("Network/virtualNetworks"),
    nsgs: await list("Network/networkSecurityGroups"),
    publicAddresses: await list("Network/publicIPAddresses"),
  });
}

const seal: Seal = { sign: (claim) => ({ claim, keyId: "k", signature: "s" }), verifies: () => true };
const opening: Allow = {
  kind: "allow",
  vm: VmRef.parse(SMALL.vm),
  grantId: "grant0001" as GrantId,
  ports: [{ port: port(22), protocol: "tcp", sources: ["203.0.113.7/32" as Cidr] }],
  end: instantOf(Date.UTC(2026, 1, 1)),
};

/** Nets that nothing is remembered of, so many at a time. */
const COPIES = 50;

/** Plans and checks, each time in a net that was never looked at; making those is not counted. */
const planning =
  (net: AzureNet): Side =>
  (forMs) => {
    const model = createAzureModel();
    let [spentMs, done] = [0, 0];
    do {
      const fresh = Array.from({ length: COPIES }, () => structuredClone(net));
      const start = performance.now();
      for (const one of fresh) {
        const planned = model.plan(one, opening, seal);
        if (!planned.ok) throw new Error("expected a plan");
        if (!checkPlan(model, one, opening, planned.changes, seal).ok) throw new Error("expected a good plan");
      }
      spentMs += performance.now() - start;
      done += COPIES;
    } while (spentMs < forMs);
    return (done * 1000) / spentMs;
  };

/** What the rest of the system counts on to be cheap: one step's plan with its check, and the simulated cloud's answers. */
export async function benchSteps(seconds: number, note: (figure: Figure) => void): Promise<void> {
  const simulator = await smallCloud();
  const net = await netOf(simulator);
  let kept: unknown;
  note(
    await contest({
      figure: "plan and check",
      at: `${RULES} foreign rules, against a structuredClone of the net, in plans/s`,
      ours: planning(net),
      floor: repeating(COPIES, () => {
        for (let nth = 0; nth < COPIES; nth += 1) kept = structuredClone(net);
      }),
      seconds,
    }),
  );
  const request = { method: "GET", url: SMALL.nicNsg + API, headers: {}, body: "" };
  const { body } = await simulator.arm(request);
  note(
    await contest({
      figure: "simulated GET",
      at: `an NSG of ${RULES} rules, against JSON.parse of the answer, in answers/s`,
      ours: repeating(COPIES, async () => {
        for (let nth = 0; nth < COPIES; nth += 1) kept = await simulator.arm(request);
      }),
      floor: repeating(COPIES, () => {
        for (let nth = 0; nth < COPIES; nth += 1) kept = JSON.parse(body);
      }),
      seconds,
    }),
  );
  if (kept === undefined) throw new Error("nothing was measured");
}
