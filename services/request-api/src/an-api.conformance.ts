import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRoleAssignments, createMay } from "@sallyport/authorization";
import { portsThrough, quietLog, quietMetrics, wait } from "@sallyport/backbone";
import type { GateCall } from "@sallyport/backbone";
import { Finding, SallyportError, scopeOf, seconds, vmKeyOf } from "@sallyport/contracts";
import type { Access, Fact, SallyportEvent, VmProfile, VmRef } from "@sallyport/contracts";
import { createLogger, deriveEventId, deriveGrantId, deriveLockdownId, newUuidV7 } from "@sallyport/service-kit";
import { aBackbone, aProfile, aVm, anEvent, createMortal } from "@sallyport/testkit";
import type { VirtualClock } from "@sallyport/testkit";
import { createDevelopmentIssuer, createRequestApi, createTokenVerifier, listen } from "./service.ts";

// What the tests of this room share: a whole request-api over the shipped embedded adapters, on a socket, in virtual time.

const TENANT = "9d1e0000-0000-4000-8000-0000000000f1";
const OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const REQUESTER = "5e55e55e-0000-4000-8000-00000000beef";
const SUBSCRIPTION = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001";
/** Ada owns this one, too, but it is not connected. */
const NOT_ENROLLED = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a009";
const CONNECTOR = `${SUBSCRIPTION}/resourcegroups/rg-sec/providers/microsoft.security/securityconnectors/aws`;

/**
 * Ada may do everything, Alice and Ann may request, Rita may read, Nora may do nothing. Dana owns it all, and is denied removing JIT
 * policies in the shop's group; Olga owns the group of the AWS connector, and nothing else.
 */
const oids = { ada: 1, alice: 2, ann: 3, rita: 4, nora: 5, dana: 6, olga: 7 } as const;
export type Who = keyof typeof oids;
const oidOf = (who: Who) => `00000000-0000-4000-8000-${String(oids[who]).padStart(12, "0")}`;
export const idOf = (who: Who) => `${oidOf(who)}@${TENANT}`;

const scopesOf: Partial<Record<Who, readonly string[]>> = {
  ada: [SUBSCRIPTION, NOT_ENROLLED],
  olga: [`${SUBSCRIPTION}/resourceGroups/rg-sec`],
};
const roleFile = (requesters: readonly string[] = []): string =>
  JSON.stringify({
    tenantId: TENANT,
    roleDefinitions: [
      {
        name: REQUESTER,
        roleName: "JIT Access Role",
        permissions: [
          {
            actions: [
              "Microsoft.Security/locations/jitNetworkAccessPolicies/*/read",
              "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action",
              "Microsoft.Compute/virtualMachines/read",
              "Microsoft.Network/networkInterfaces/*/read",
              "Microsoft.Network/publicIPAddresses/read",
            ],
          },
        ],
        assignableScopes: [SUBSCRIPTION],
      },
    ],
    roleAssignments: (
      [
        ["ada", OWNER],
        ["alice", REQUESTER],
        ["ann", REQUESTER],
        ["rita", READER],
        ["dana", OWNER],
        ["olga", OWNER],
      ] as const
    )
      .flatMap(([who, role]) =>
        (scopesOf[who] ?? [SUBSCRIPTION]).map((scope) => ({ principalId: oidOf(who), roleDefinitionId: role, scope })),
      )
      .concat(requesters.map((principalId) => ({ principalId, roleDefinitionId: REQUESTER, scope: SUBSCRIPTION }))),
    denyAssignments: [
      {
        denyAssignmentName: "policies stay",
        scope: `${SUBSCRIPTION}/resourceGroups/rg-shop`,
        principals: [{ id: oidOf("dana") }],
        excludePrincipals: [],
        permissions: [{ actions: ["Microsoft.Security/locations/jitNetworkAccessPolicies/delete"], notActions: [] }],
      },
    ],
  });

export interface Said {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed, when there was a body. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says what it expects of a body
  readonly body: any;
}

export interface CallOptions {
  readonly as?: Who;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of `body`: these very bytes. */
  readonly raw?: string;
}

export interface ApiUnderTest {
  readonly clock: VirtualClock;
  readonly url: string;
  /** Where the first replica died, if it has. */
  readonly diedAt: () => GateCall | undefined;
  /** Calls it; `replica` 1 is another process over the same records. */
  readonly call: (method: string, path: string, options?: CallOptions, replica?: number) => Promise<Said>;
  readonly tokenOf: (who: Who) => Promise<string>;
  /** Of a program that holds the same roles as this person, and signed in as itself. */
  readonly serviceTokenOf: (who: Who) => Promise<string>;
  /** Publishes as another service would, and lets it arrive. */
  readonly tell: (...facts: readonly Fact[]) => Promise<void>;
  /** Everything that was published, of one type. */
  readonly published: (type?: SallyportEvent["type"]) => Promise<readonly SallyportEvent[]>;
  readonly log: readonly string[];
  /** From now on this principal, a key, may request as Alice may. */
  readonly letRequest: (principalId: string) => void;
  /** From now on no roles can be looked up on resources like these, each time after so many milliseconds; `undefined`: all can again. */
  readonly failLookups: (on: RegExp | undefined, afterMs?: number) => void;
  /** From now on, so many milliseconds go by at each step while a call is under way. */
  readonly letTimeFlow: (stepMs: number) => void;
  readonly close: () => Promise<void>;
}

let eventNumber = 1000;

export const aFinding = (about: Partial<Finding> = {}): Finding =>
  Finding.parse({
    status: "Unhealthy",
    severity: "High",
    reasonCode: "NSG_ALLOWS",
    reason: "open",
    evidence: [],
    warnings: [],
    ...about,
  });

export const classified = (profile: VmProfile, finding: Finding = aFinding()): Fact => ({
  type: "sallyport.posture.classified.v1",
  data: { vm: profile.vm, profile, finding },
});

export const keyOf = (vm: VmRef = aVm()): string => vmKeyOf(vm);

export interface ApiOptions {
  readonly replicas?: number;
  /** The first replica dies at this passage of its ports, counted from 1. */
  readonly dieAt?: number;
}

export async function anApi({ replicas = 1, dieAt }: ApiOptions = {}): Promise<ApiUnderTest> {
  const { clock, incarnate, store } = aBackbone();
  const dir = mkdtempSync(join(tmpdir(), "request-api-"));
  const file = join(dir, "roles.json");
  writeFileSync(file, roleFile());
  const log: string[] = [];
  const issuer = await createDevelopmentIssuer({ dir, tenantId: TENANT, listenHost: "127.0.0.1", clock });
  const book = await createFileRoleAssignments({ file, clock, log: quietLog });
  let failing: { readonly on: RegExp; readonly afterMs: number } | undefined;
  const may = createMay({
    roleAssignments: {
      assignmentsFor: async (principal, resources, how) => {
        const fails = failing;
        if (fails === undefined || !resources.some((one) => fails.on.test(one)))
          return book.assignmentsFor(principal, resources, how);
        if (fails.afterMs > 0) await wait(clock, fails.afterMs);
        throw new SallyportError({ code: "azure.unavailable", detail: "the role source is away" });
      },
    },
    connectors: { "123456789012": CONNECTOR },
    log: quietLog,
  });
  const running = await Promise.all(
    Array.from({ length: replicas }, async (_, replica) => {
      const process = incarnate();
      const died = new AbortController();
      const onDeath = () => {
        process.abandon();
        died.abort();
      };
      const mortal = createMortal({ clock, dieAt: replica === 0 ? dieAt : undefined, onDeath });
      const starting = createRequestApi({
        ...portsThrough({ ...process.ports, clock: mortal.clock }, mortal.gate),
        may,
        connectors: { "123456789012": CONNECTOR },
        verifyToken: createTokenVerifier({ issuers: [issuer.trusted], clock }),
        newId: () => newUuidV7(),
        deriveEventId,
        deriveGrantId,
        deriveLockdownId,
        limits: { shortest: seconds(300), longest: seconds(86_400) },
        enrolled: new Set([scopeOf(aVm()), scopeOf(aVm("aws"))]),
        log: createLogger({ service: "request-api", level: "debug", write: (line) => log.push(line) }),
        metrics: quietMetrics,
        source: "/sallyport/request-api",
      });
      // Who dies while starting never listens.
      const api = await Promise.race([starting, untilAborted(died.signal)]);
      const server = api === undefined ? undefined : await listen(api.app, { host: "127.0.0.1", port: 0, graceMs: 20 });
      return { process, api, server, mortal, died: died.signal, url: `http://127.0.0.1:${server?.port}` };
    }),
  );
  const first = running[0];
  const last = running.at(-1);
  if (first === undefined || last === undefined) throw new Error("at least one replica");

  // While calls are under way, somebody has to let the clock run what is due; one at a time.
  let underWay = 0;
  let stepMs = 0;
  let pumping = false;
  let turn = Promise.resolve();
  const pass = (ms: number) => (turn = turn.then(() => clock.pass(ms)));
  const pump = async () => {
    pumping = true;
    while (underWay > 0) await pass(stepMs);
    pumping = false;
  };
  /** Runs something while time runs, and then lets arrive what it has published. */
  const whileTimeRuns = async <Value>(run: () => Promise<Value>): Promise<Value> => {
    underWay++;
    if (!pumping) void pump();
    try {
      return await run();
    } finally {
      underWay--;
      await pass(0);
    }
  };

  const tokenOf = (who: Who) => issuer.tokenFor({ oid: oidOf(who), displayName: who }, seconds(3600));
  return {
    clock,
    url: first.url,
    diedAt: first.mortal.diedAt,
    tokenOf,
    serviceTokenOf: (who) =>
      issuer.tokenFor({ oid: oidOf(who), displayName: "pipeline", kind: "service" }, seconds(3600)),
    log,
    letRequest: (principalId) => writeFileSync(file, roleFile([principalId])),
    failLookups: (on, afterMs = 0) => {
      failing = on && { on, afterMs };
    },
    letTimeFlow: (ms) => {
      stepMs = ms;
    },
    call: async (method, path, { as = "ada", body, headers = {}, raw } = {}, replica = 0) => {
      const authorization = `Bearer ${await tokenOf(as)}`;
      const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const target = running[replica];
      return whileTimeRuns(async () => {
        const response = await fetch(`${target?.url}${path}`, {
          method,
          signal: target?.died ?? null,
          headers: { authorization, ...(sent === undefined ? {} : { "content-type": "application/json" }), ...headers },
          ...(sent === undefined ? {} : { body: sent }),
        });
        const text = await response.text();
        return {
          status: response.status,
          headers: response.headers,
          body: text === "" ? undefined : (JSON.parse(text) as unknown),
        };
      });
    },
    tell: async (...facts) => {
      for (const fact of facts)
        await whileTimeRuns(() => last.process.ports.bus.publish([anEvent(fact, { id: nextEventId() })]));
    },
    published: async (type) => {
      const events: SallyportEvent[] = [];
      for (const topic of ["sallyport.access", "sallyport.policy", "sallyport.key", "sallyport.scope"] as const)
        for await (const event of last.process.ports.bus.replay(topic))
          if (event.source === "/sallyport/request-api" && (type === undefined || event.type === type))
            events.push(event);
      return events;
    },
    close: async () => {
      await whileTimeRuns(async () => {
        for (const { server, api, process, mortal } of running) {
          await server?.close();
          if (mortal.isDead()) continue;
          await api?.close();
          await process.close();
        }
      });
      store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const untilAborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined));
  });

const nextEventId = () => deriveEventId("test", String(eventNumber++));

/** A VM under JIT on port 22, and what has to be known for it. */
export async function underJit(api: ApiUnderTest, vm: VmRef = aVm(), policy: object = {}, replica = 0): Promise<void> {
  await api.tell(classified(aProfile({ vm })));
  const { status, body } = await api.call(
    "PUT",
    `/v1/vms/${keyOf(vm)}/policy`,
    {
      body: { ports: [{ port: 22, allowedSources: ["203.0.113.0/24"], maxDuration: "PT3H" }], ...policy },
    },
    replica,
  );
  if (status !== 201) throw new SallyportError({ code: "internal.bug", detail: JSON.stringify(body) });
}

/** What a request becomes when it is published, so that a test can answer it as authz and an enforcer would. */
export async function askedBy(
  api: ApiUnderTest,
  body: object = {},
  options: CallOptions = {},
): Promise<{ readonly said: Said; readonly access: Access }> {
  const said = await api.call("POST", "/v1/access-requests", {
    as: "alice",
    body: { vm: aVm(), ports: [22], sources: ["203.0.113.7"], duration: "PT1H", ...body },
    headers: { "idempotency-key": crypto.randomUUID() },
    ...options,
  });
  const events = await api.published("sallyport.access.requested.v1");
  const last = events.at(-1);
  if (last?.type !== "sallyport.access.requested.v1")
    throw new Error(`nothing was published: ${JSON.stringify(said.body)}`);
  return { said, access: last.data.access };
}
