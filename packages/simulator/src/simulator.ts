import { randomUUID } from "node:crypto";
import type { Clock } from "@sallyport/backbone";
import { createAzureCloud } from "./arm/azure-cloud.ts";
import type { ArmLimits } from "./arm/limits.ts";
import type { ArmTiming } from "./arm/plan.ts";
import { createControl } from "./control/control.ts";
import type { Control } from "./control/control.ts";
import { createAwsCloud } from "./ec2/aws-cloud.ts";
import type { Ec2Limits } from "./ec2/limits.ts";
import type { WireHandler } from "./wire.ts";
import { createChance } from "./world/chance.ts";
import { WorldDocuments } from "./world/documents.ts";
import type { Entrance, WorldDocumentsInput } from "./world/documents.ts";
import { createFaults } from "./world/faults.ts";
import { createFlows } from "./world/flows.ts";
import type { Ground } from "./world/ground.ts";
import { createHistory } from "./world/history.ts";
import { createFolderKeep, createMemoryKeep } from "./world/keep.ts";
import type { Keep } from "./world/keep.ts";
import { createOutsiders } from "./world/outsiders.ts";
import type { OutsiderEdit } from "./world/outsiders.ts";
import { createSaver } from "./world/saver.ts";

export interface SimulatorOptions {
  /** The world to start with. A data folder that already holds one takes precedence: the cloud does not forget. */
  readonly world: WorldDocumentsInput;
  readonly clock: Clock;
  /** Where the world, its keys and its CA are kept. Without one everything ends with the process. */
  readonly dataDir?: string;
  /** `false`: any bearer token and any signature is taken. */
  readonly auth: boolean;
  /** How long ARM's writes take; 150 ms each where not said. */
  readonly timing?: Partial<ArmTiming>;
  readonly limits?: ArmLimits;
  /** Token buckets of EC2; what the world says where not said, and none where neither says. */
  readonly ec2Limits?: Ec2Limits;
  /** From it, faults with a `chance` are drawn: the same calls meet the same faults again. */
  readonly seed?: number;
  readonly pageSize?: number;
  /** Makes ids and etags; random where not said, seeded in simulation. */
  readonly newId?: () => string;
  /** Virtual-time mode: lets time go by on the given clock. */
  readonly passTime?: (ms: number) => Promise<void>;
  /** Epoch milliseconds by which EC2's clients sign, where that is not the world's own time. */
  readonly signersNow?: () => number;
}

/** The simulated clouds in this process: their wires, and the control beside them. */
export interface Simulator {
  readonly arm: WireHandler;
  readonly ec2: WireHandler;
  readonly control: Control;
  /** Everything that clients must be told, but for where it listens. */
  readonly describe: () => WorldDescription;
  readonly keep: Keep;
  /** The world as it is now, in the form of a world file. */
  readonly documents: () => WorldDocuments;
}

export interface WorldDescription {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly objectId: string;
  readonly subscriptionIds: readonly string[];
  readonly regions: readonly string[];
  readonly accounts: readonly {
    readonly accountId: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly enterBy?: Entrance;
  }[];
}

const WORLD_FILE = "world.json";
const DEFAULT_TIMING: ArmTiming = { ruleMs: 150, nsgMs: 150, nicMs: 150, firewallMs: 150, otherMs: 150 };

/** Builds the clouds over a world. Throws zod's error when the world, or what the data folder holds, is none. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock, auth, dataDir, timing, limits, ec2Limits, pageSize, signersNow, seed = 1 } = options;
  const keep = dataDir === undefined ? createMemoryKeep() : createFolderKeep(dataDir);
  const stored = await keep.read(WORLD_FILE);
  const world = WorldDocuments.parse(stored === undefined ? options.world : JSON.parse(stored));

  const documents = (): WorldDocuments => ({ ...world, azure: azure.documents(), aws: aws.documents() });
  const cloudOf = (vm: string) => (vm.startsWith("/") ? azure : aws).reachability;
  const faults = createFaults(createChance(seed));
  const outsiders = createOutsiders();
  const history = createHistory((packet) => cloudOf(packet.vm).reachable(packet).verdict);
  const flows = createFlows({
    reachable: (packet) => cloudOf(packet.vm).reachable(packet),
    survivesClosing: (packet, ...reaches) => cloudOf(packet.vm).survivesClosing(packet, ...reaches),
  });
  const outsider = (edit: OutsiderEdit) => (edit.cloud === "azure" ? azure.outsider(edit) : aws.outsider(edit));
  const ground: Ground = {
    clock,
    newId: options.newId ?? randomUUID,
    faults,
    outsiders,
    outsider,
    record: history.record,
    changed: (at, write) => {
      history.changed(at, write);
      flows.changed(at, write);
    },
    save: dataDir === undefined ? () => Promise.resolve() : createSaver(keep, WORLD_FILE, documents),
  };
  const azure = createAzureCloud(
    {
      documents: world.azure,
      auth,
      keep,
      timing: { ...DEFAULT_TIMING, ...timing },
      ...(limits && { limits }),
      ...(pageSize !== undefined && { pageSize }),
    },
    ground,
  );
  const aws = createAwsCloud(
    { documents: world.aws, auth, ...(signersNow && { signersNow }), ...(ec2Limits && { limits: ec2Limits }) },
    ground,
  );
  const settle = () => {
    azure.settle();
    aws.settle();
  };
  settle();
  if (stored === undefined) await ground.save();

  return {
    arm: azure.wire,
    ec2: aws.wire,
    control: createControl({
      clock,
      faults,
      flows,
      history,
      outsiders,
      outsider,
      settle,
      clouds: [azure.reachability, aws.reachability],
      ...(options.passTime && { passTime: options.passTime }),
    }),
    describe: () => describe(world),
    keep,
    documents,
  };
}

function describe({ azure, aws }: WorldDocuments): WorldDescription {
  const [client] = azure.clients;
  return {
    tenantId: azure.tenantId,
    clientId: client?.clientId ?? "",
    clientSecret: client?.clientSecret ?? "",
    objectId: client?.objectId ?? "",
    subscriptionIds: azure.subscriptions.map(({ subscriptionId }) => subscriptionId),
    regions: [...new Set(aws.accounts.flatMap(({ regions }) => Object.keys(regions)))],
    accounts: aws.accounts.flatMap(({ accountId, accessKeys, enterBy }) =>
      accessKeys.slice(0, 1).map(({ accessKeyId, secretAccessKey }) => ({
        accountId,
        accessKeyId,
        secretAccessKey,
        ...(enterBy && { enterBy }),
      })),
    ),
  };
}
