import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMay } from "@sallyport/authorization";
import { portsThrough, quietLog, quietMetrics } from "@sallyport/backbone";
import type { Clock, Gate, GateCall, Log, Ports } from "@sallyport/backbone";
import { createEmbeddedPorts, openEmbedded } from "@sallyport/backbone-embedded";
import type { EmbeddedStore } from "@sallyport/backbone-embedded";
import type { AwsAccount } from "@sallyport/cloud-aws";
import { createAwsNetwork, createFunctionTransport as awsTransport } from "@sallyport/cloud-aws";
import {
  createAzureNetwork,
  createAzureRoleAssignments,
  createDefenderPlans,
  createFunctionTransport as azureTransport,
} from "@sallyport/cloud-azure";
import { ScopeId, instantOf, seconds, topics } from "@sallyport/contracts";
import type { Cloud, SallyportEvent, Topic } from "@sallyport/contracts";
import { createAwsModel, createAzureModel } from "@sallyport/domain";
import type { AwsModelOptions } from "@sallyport/domain";
import { createSigner, usualEnforcerSettings } from "@sallyport/enforcement";
import type { EnforcerSettings, Signer } from "@sallyport/enforcement";
import { createDevelopmentIssuer, createTokenVerifier } from "@sallyport/request-api";
import { createSystem, systemCloud } from "@sallyport/sallyport";
import { createSimulator } from "@sallyport/simulator";
import type { ArmTiming, Simulator, WireHandler, WorldDocuments } from "@sallyport/simulator";
import { createMortal, createRandom } from "@sallyport/testkit";
import { ACCOUNT, AWS_KEY, REGION, SUBSCRIPTION_ID, TENANT, aWorld } from "./estates.ts";
import type { EstateParts } from "./estates.ts";
import { connectorsOf, createPeople, oidOf } from "./people.ts";
import type { People, Person } from "./people.ts";
import { withRolesInAzure } from "./roles-in-azure.ts";
import { createSteadyTime } from "./steady-time.ts";
import type { SteadyTime } from "./steady-time.ts";
import { readCall } from "./wires.ts";
import type { CloudCall } from "./wires.ts";

/** Scopes are surveyed this often; what others change in the network is known to the scanner after that long at the latest. */
export const SURVEY_MS = 600_000;
/** How old a role may be that still allows, where roles are looked up in Azure. */
export const ROLES_OLDEST_MS = 60_000;
const HOST = "127.0.0.1";

// Node 20 is supported on purpose (docs/decisions/0002-dependencies.md); the SDK's reminder would drown what is told here.
// oxlint-disable-next-line node/no-process-env -- the SDK knows no other way
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed, when there was a body. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a journey says what it expects of a body
  readonly body: any;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole Sallyport in one process on virtual time, over simulated clouds that know nothing of it. */
export interface SystemUnderTest {
  readonly clock: Clock;
  readonly people: People;
  readonly simulator: Simulator;
  readonly signer: Signer;
  /** Ports of a bystander over the same store, to look and to tell. */
  readonly outside: Ports;
  readonly store: EmbeddedStore;
  readonly pass: SteadyTime["pass"];
  /** A call of the HTTP API over a socket, while time stands still. */
  readonly call: (person: Person, method: string, path: string, options?: AskOptions) => Promise<Answer>;
  /** Every event so far, topic by topic, each topic in order. */
  readonly events: () => Promise<readonly SallyportEvent[]>;
  /** Does the packet get in now? By the simulated cloud's own evaluation. */
  readonly reachable: (vm: string, port: number, source: string) => boolean;
  /** Every call that reached a cloud. */
  readonly cloudCalls: readonly CloudCall[];
  /** The process dies as by `kill -9`: nothing of it is heard of any more. The clouds and the store live on. */
  readonly kill: () => void;
  /** A new process over the same store. */
  readonly start: () => Promise<void>;
  /** From now on, until the next start, whatever passes a port like this is held up there for ever: the instant of a crash to come. */
  readonly holdAt: (isIt: (call: GateCall) => boolean) => void;
  /** How often something was held up. */
  readonly held: () => number;
  /** The process dies at the first passage like this, while the call is under way: its answer is lost. */
  readonly crashDuring: (isIt: (call: GateCall) => boolean, run: () => Promise<unknown>) => Promise<void>;
  /** Every line that was logged as a warning or an error. */
  readonly complaints: readonly string[];
  readonly close: () => void;
}

export interface SystemOptions extends EstateParts {
  /** Instead of the usual small networks. */
  readonly world?: WorldDocuments;
  /** Roles are looked up in the simulated Azure itself, not in a file; these people have none there so far. */
  readonly rolesInAzure?: { readonly without: readonly Person[] };
  /** Enabling takes Defender for Servers Plan 2, as Azure tells of it. */
  readonly requirePlan?: boolean;
  /**
   * On AWS these accounts, each entered as it says, with its rights enforced; Azure is not connected then. Time begins with the
   * machine's own, by which the SDK signs, and judges how long its credentials last.
   */
  readonly accounts?: readonly AwsAccount[];
  /** How long writes on Azure take; usually a moment. */
  readonly timing?: Partial<ArmTiming>;
  /** How many jobs of a kind an enforcer works at once, where that is not the usual. */
  readonly slots?: Partial<Pick<EnforcerSettings, "openConcurrency" | "revokeConcurrency" | "lockConcurrency">>;
  /** How grants end on AWS, and the accounts' quotas. */
  readonly aws?: AwsModelOptions;
  /** Stands on every call of bus, queue and records, and on every handler. */
  readonly gate?: Gate;
  /** Called before a call reaches the cloud. */
  readonly onCloudCall?: (call: CloudCall, store: EmbeddedStore) => void;
}

const never = (): Promise<never> => new Promise(() => {});

/** Builds the world and starts the system over it. Both clouds have been surveyed once when this answers. */
export async function aSystem(options: SystemOptions = {}): Promise<SystemUnderTest> {
  const { gate = () => {}, onCloudCall = () => {} } = options;
  let activity = 0;
  const { accounts } = options;
  const time = createSteadyTime(() => activity, accounts && instantOf(Date.now()));
  const { clock } = time;
  const store = openEmbedded({ file: ":memory:" });
  const random = createRandom(1);
  const world = options.world ?? aWorld(options);
  const simulator = await createSimulator({
    world: options.rolesInAzure === undefined ? world : withRolesInAzure(world, options.rolesInAzure.without),
    clock,
    auth: accounts !== undefined,
    signersNow: () => Date.now(),
    timing: options.timing ?? {},
  });
  const connected = accounts?.map(({ accountId }) => accountId) ?? [ACCOUNT];
  const connectors = connectorsOf(connected);
  const people = createPeople(connected);
  const signer = createSigner([{ id: "k1", secret: "a secret of at least thirty-two characters" }]);
  const outside = createEmbeddedPorts({ store, clock, random }).ports;
  const dir = mkdtempSync(join(tmpdir(), "sallyport-journey-"));
  const issuer = await createDevelopmentIssuer({ dir, tenantId: TENANT, listenHost: HOST, clock });
  const verifyToken = createTokenVerifier({ issuers: [issuer.trusted], clock });
  const cloudCalls: CloudCall[] = [];
  const awsScopes = (accounts ?? [{ accountId: ACCOUNT, regions: [REGION] }]).flatMap(({ accountId, regions }) =>
    regions.map((region) => ScopeId.parse(`${accountId}/${region}`)),
  );
  const complaints: string[] = [];
  const complain = (message: string, { error, ...fields }: { readonly error?: unknown } = {}) => {
    complaints.push(`${message} ${JSON.stringify(fields)} ${error instanceof Error ? (error.stack ?? "") : ""}`);
  };
  const log: Log = { ...quietLog, warn: complain, error: complain };

  interface Incarnation {
    readonly url: string;
    readonly die: () => void;
  }
  let isHeld: (call: GateCall) => boolean = () => false;
  let held = 0;
  let onHeld = (): void => undefined;
  let current: Incarnation | undefined;

  const begin = async (): Promise<Incarnation> => {
    const mortal = createMortal({
      clock,
      onDeath: () => ports.abandon(),
      faults: (call) => {
        if (!isHeld(call)) return gate(call);
        held += 1;
        onHeld();
        return never();
      },
    });
    const ports = createEmbeddedPorts({ store, clock: mortal.clock, random });
    const wire =
      (cloud: Cloud, handler: WireHandler): WireHandler =>
      async (request) => {
        if (mortal.isDead()) return never();
        const call = cloud === "azure" ? readCall.azure(request.method, request.url) : readCall.aws(request.body);
        activity += 1;
        cloudCalls.push(call);
        onCloudCall(call, store);
        const answer = await handler(request);
        activity += 1;
        return mortal.isDead() ? never() : answer;
      };
    const toAzure = {
      clock: mortal.clock,
      log,
      settings: { endpoint: `https://${HOST}` },
      // Signing in is proved with the adapter; here it would be work of other threads, which virtual time cannot wait for.
      credential: { getToken: async () => ({ token: "taken as it is", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) },
      httpClient: azureTransport(wire("azure", simulator.arm)),
    };
    const azure = createAzureNetwork({ ...toAzure, subscriptionIds: [SUBSCRIPTION_ID] });
    const rolesInAzure = createAzureRoleAssignments({
      ...toAzure,
      tenantId: TENANT,
      oldestMs: ROLES_OLDEST_MS,
      graphEndpoint: `https://${HOST}`,
    });
    const aws = createAwsNetwork({
      clock: mortal.clock,
      log,
      settings: {
        endpoint: "http://ec2.test",
        accounts: accounts ?? [{ accountId: ACCOUNT, regions: [REGION], credentials: AWS_KEY }],
      },
      requestHandler: awsTransport(wire("aws", simulator.ec2)),
    });
    const system = await createSystem({
      ports: { ...portsThrough(ports.ports, mortal.gate), clock: mortal.clock },
      clouds: [
        ...(accounts === undefined
          ? [systemCloud("azure", [ScopeId.parse(SUBSCRIPTION_ID)], azure, createAzureModel(), random)]
          : []),
        systemCloud("aws", awsScopes, aws, createAwsModel(options.aws), random),
      ],
      may:
        options.rolesInAzure === undefined ? people.may : createMay({ roleAssignments: rolesInAzure, connectors, log }),
      connectors,
      ...(options.aws === undefined ? {} : { awsLimits: options.aws }),
      ...(options.requirePlan === true ? { lacksPlan: createDefenderPlans(toAzure) } : {}),
      verifyToken,
      signer,
      limits: { shortest: seconds(60), longest: seconds(86_400) },
      enforcer: { ...usualEnforcerSettings, ...options.slots },
      surveyEveryMs: SURVEY_MS,
      log,
      metrics: quietMetrics,
    });
    // Real time goes by while virtual time is made to pass: no idle connection is closed just as it is used again.
    const server = createServer({ keepAliveTimeout: 600_000 }, system.requestApi.app);
    await new Promise<void>((resolve) => {
      server.listen(0, HOST, resolve);
    });
    const address = server.address();
    return {
      url: `http://${HOST}:${typeof address === "object" ? (address?.port ?? 0) : 0}`,
      die: () => {
        mortal.die();
        server.closeAllConnections();
        server.close();
      },
    };
  };

  const start = async () => {
    isHeld = () => false;
    current = await time.during(begin());
    await time.pass(1000);
  };
  const kill = () => {
    current?.die();
    current = undefined;
  };

  await start();
  if (complaints.length > 0) throw new Error(`it does not begin well: ${complaints.join(" / ")}`);
  return {
    clock,
    people,
    simulator,
    signer,
    outside,
    store,
    pass: time.pass,
    call: async (person, method, path, { body, headers = {} } = {}) => {
      const authorization = `Bearer ${await issuer.tokenFor({ oid: oidOf(person), displayName: person }, seconds(3600))}`;
      return time.during(
        (async () => {
          const response = await fetch(`${current?.url ?? "http://nobody.test"}${path}`, {
            method,
            headers: {
              authorization,
              ...(body === undefined ? {} : { "content-type": "application/json" }),
              ...headers,
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
          const text = await response.text();
          const parsed: unknown = text === "" ? undefined : JSON.parse(text);
          return { status: response.status, headers: response.headers, body: parsed };
        })(),
      );
    },
    events: async () => {
      const all: SallyportEvent[] = [];
      for (const topic of Object.keys(topics) as Topic[])
        for await (const event of outside.bus.replay(topic)) all.push(event);
      return all;
    },
    reachable: (vm, port, source) => {
      const reach = simulator.control.reachable({ vm, port, source });
      if (!("verdict" in reach)) throw new Error(reach.misunderstood);
      return reach.verdict === "allowed";
    },
    cloudCalls,
    kill,
    start,
    holdAt: (isIt) => {
      isHeld = isIt;
    },
    held: () => held,
    crashDuring: async (isIt, run) => {
      const crash = new Promise<void>((resolve) => {
        onHeld = resolve;
      });
      isHeld = isIt;
      const answer = run().catch(() => undefined);
      await crash;
      kill();
      await answer;
    },
    complaints,
    close: () => {
      kill();
      store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
