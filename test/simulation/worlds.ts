import { quietLog } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import type { CloudNetwork } from "@sallyport/cloud";
import { createAwsNetwork, createFunctionTransport as awsTransport } from "@sallyport/cloud-aws";
import { createAzureNetwork, createFunctionTransport as azureTransport } from "@sallyport/cloud-azure";
import { Address, Port, VmRef } from "@sallyport/contracts";
import type { Cloud } from "@sallyport/contracts";
import { createAwsModel, createAzureModel, verdictAt } from "@sallyport/domain";
import type { AwsModelOptions, AwsNet, AwsRule, AzureNet, NetworkModel, AzureRule } from "@sallyport/domain";
import { createSimulator, usualTrouble } from "@sallyport/simulator";
import type { UsualTroubleOptions, WireHandler } from "@sallyport/simulator";
import { aVm, behind, createToyCloud, createVirtualClock, toyModel } from "@sallyport/testkit";
import type { ToyNet, ToyRule } from "@sallyport/testkit";
import {
  ACCOUNT,
  aWorld,
  awsEstate,
  azureEstate,
  GUEST,
  REGION,
  STRANGER,
  SUBSCRIPTION_ID,
} from "../journeys/estates.ts";
import type { Estate } from "../journeys/estates.ts";
import { networkOf } from "../journeys/network-of.ts";
import { createSteadyTime } from "../journeys/steady-time.ts";

/** A cloud with one VM, whatever it is made of. It and its time outlive every process of ours. */
export interface World<Net, Rule> {
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly pass: (ms: number) => Promise<void>;
  readonly vm: VmRef;
  readonly model: NetworkModel<Net, Rule>;
  /** The adapter of a process: what it has under way dies with it. */
  readonly connect: (isDead: () => boolean, clock: Clock) => CloudNetwork<Net, Rule>;
  /** Gets in to port 22 while the grant is open. */
  readonly home: string;
  /** Never does, once the port is locked. */
  readonly elsewhere: string;
  readonly reachable: (source: string) => boolean;
  /** The whole network as text, to be compared. */
  readonly picture: () => string;
  /** How often the cloud made trouble so far. */
  readonly struck: () => number;
}

/** The smallest cloud: two gates in a row, written at once. */
export async function aToyWorld(): Promise<World<ToyNet, ToyRule>> {
  const clock = createVirtualClock();
  const vm = aVm("azure");
  const toy = createToyCloud(clock, behind(vm, "nsg-subnet", "nsg-nic"));
  return {
    cloud: "azure",
    clock,
    pass: clock.pass,
    vm,
    model: toyModel,
    connect: () => toy.network,
    home: "203.0.113.7",
    elsewhere: "198.51.100.1",
    reachable: (source) => {
      const [destination] = toyModel.addresses(toy.net(), vm);
      if (destination === undefined) return false;
      const flow = { vm, destination, port: Port.parse(22), protocol: "tcp" as const };
      return verdictAt(toyModel.reachable(toy.net(), flow), Address.parse(source)) === "allowed";
    },
    picture: () => JSON.stringify(toy.net()),
    struck: () => 0,
  };
}

/** What a simulated cloud does to its callers, drawn from a seed. */
export interface Trouble extends UsualTroubleOptions {
  readonly seed: number;
}

async function aSimulated<Net, Rule>(
  { cloud, vm }: Estate,
  trouble: Trouble | undefined,
  model: NetworkModel<Net, Rule>,
  connectTo: (clock: Clock, arm: WireHandler, ec2: WireHandler) => CloudNetwork<Net, Rule>,
): Promise<World<Net, Rule>> {
  let activity = 0;
  const { clock, pass } = createSteadyTime(() => activity);
  const simulator = await createSimulator({
    world: aWorld(),
    clock,
    auth: false,
    ...(trouble && { seed: trouble.seed }),
  });
  if (trouble !== undefined) simulator.control.setFaults(usualTrouble(cloud, trouble));
  const left = () => simulator.control.pendingFaults().reduce((sum, { times }) => sum + times, 0);
  const strikes = left();
  const wire =
    (handler: WireHandler, isDead: () => boolean): WireHandler =>
    async (request) => {
      if (isDead()) return new Promise<never>(() => {});
      activity += 1;
      const answer = await handler(request);
      activity += 1;
      return isDead() ? new Promise<never>(() => {}) : answer;
    };
  return {
    cloud,
    clock,
    pass,
    vm: VmRef.parse(vm),
    model,
    connect: (isDead, mortal) => connectTo(mortal, wire(simulator.arm, isDead), wire(simulator.ec2, isDead)),
    home: GUEST,
    elsewhere: STRANGER,
    reachable: (source) => {
      const answer = simulator.control.reachable({ vm, port: 22, protocol: "tcp", source });
      return "verdict" in answer && answer.verdict === "allowed";
    },
    picture: () => networkOf(simulator),
    struck: () => strikes - left(),
  };
}

/** The real adapter and SDK over the simulated Resource Manager; two NSGs in a row. */
export const anAzureWorld = (trouble?: Trouble): Promise<World<AzureNet, AzureRule>> =>
  aSimulated(azureEstate, trouble, createAzureModel(), (clock, arm) =>
    createAzureNetwork({
      clock,
      log: quietLog,
      subscriptionIds: [SUBSCRIPTION_ID],
      settings: { endpoint: "https://127.0.0.1" },
      // Signing in is proved with the adapter; here it would be work of other threads, which virtual time cannot wait for.
      credential: { getToken: async () => ({ token: "taken as it is", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) },
      httpClient: azureTransport(arm),
    }),
  );

/** The real adapter and SDK over the simulated EC2; the lockdown takes a rule away and has to give it back. */
export const anAwsWorld = (trouble?: Trouble, options?: AwsModelOptions): Promise<World<AwsNet, AwsRule>> =>
  aSimulated(awsEstate, trouble, createAwsModel(options), (clock, _, ec2) =>
    createAwsNetwork({
      clock,
      log: quietLog,
      settings: {
        endpoint: "http://ec2.test",
        accounts: [
          {
            accountId: ACCOUNT,
            regions: [REGION],
            credentials: { accessKeyId: "AKIAJOURNEYS", secretAccessKey: "a secret of the journeys" },
          },
        ],
      },
      requestHandler: awsTransport(ec2),
    }),
  );
