import { Instant } from "@sallyport/contracts";
import {
  ArmDocument,
  AuthorizationDocument,
  callJson,
  createSimulator,
  createStandingClock,
  emptyWorld,
} from "@sallyport/simulator";
import type { Fault, Simulator, StandingClock, WorldDocumentsInput } from "@sallyport/simulator";
import { z } from "zod";
import { bodyDifferences } from "./compare.ts";
import type { Exchange } from "./recordings.ts";

/** Something in which the simulator's answer is not the recorded one. */
export interface Difference {
  readonly file: string;
  readonly i: number;
  /** The request without names, e.g. `PUT networkSecurityGroups/securityRules`. */
  readonly request: string;
  readonly what: string;
}

export interface Replay {
  /** Exchanges whose answers were compared. */
  readonly compared: number;
  /** Exchanges of which the recording lacks the beginning: polls of writes that it left out. */
  readonly unanswerable: number;
  readonly differences: readonly Difference[];
}

/** Longer than any write under way; a recorded answer that shows the end of a write is asked for only then. */
const LONG = 60_000;

const Shown = z.looseObject({ id: z.string(), name: z.string(), type: z.string() });

/**
 * Sends the recorded requests to a simulator in their order. What the recording finds without having made it (a deployment that is
 * not part of it did) is put into the world before; a poll that was answered as finished is sent when the write is.
 */
export async function replay(exchanges: readonly Exchange[]): Promise<Replay> {
  const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
  const arrivals = arrivalsOf(exchanges);
  let simulator = await emptySubscriptions(exchanges, clock);
  const operations = new Map<string, string>();
  const differences: Difference[] = [];
  let compared = 0;
  let unanswerable = 0;

  for (const exchange of exchanges) {
    const recordedId = operationOf(exchange.url);
    const simulatedUrl = recordedId === undefined ? exchange.url : operations.get(keyOfPoll(exchange.url));
    if (simulatedUrl === undefined) {
      unanswerable += 1;
      continue;
    }
    const isOver = recordedId === undefined ? exchange.method === "GET" : !showsProgress(exchange);
    if (isOver) await clock.pass(LONG);
    const arriving = arrivals.get(exchange) ?? [];
    if (arriving.length > 0) simulator = await withResources(simulator, arriving, clock);
    if (exchange.status === 503) simulator.control.setFaults([OUTAGE]);
    const body = exchange.requestBody ?? undefined;
    const send = () => callJson(simulator.arm, exchange.method, simulatedUrl, body === undefined ? {} : { body });
    let answer = await send();
    if (answer.status !== exchange.status) {
      // The end of what is in the way was not asked for in the recording.
      await clock.pass(LONG);
      answer = await send();
    }
    for (const header of ["azure-asyncoperation", "location"]) remember(operations, exchange, answer.headers, header);
    const found = compare(exchange, answer);
    compared += 1;
    differences.push(
      ...found.map((what) => ({ file: exchange.file, i: exchange.i, request: requestOf(exchange), what })),
    );
  }
  return { compared, unanswerable, differences };
}

async function emptySubscriptions(exchanges: readonly Exchange[], clock: StandingClock): Promise<Simulator> {
  const { azure, aws } = emptyWorld();
  const ids = [...new Set(exchanges.map(({ url }) => /\/subscriptions\/([^/?]+)/.exec(url)?.[1] ?? ""))];
  const subscriptions = ids.map((subscriptionId) => ({ subscriptionId, displayName: "Recorded", resources: [] }));
  const roleAssignments = foundAssignments(exchanges);
  const simulator = await startOver(
    { azure: { ...azure, subscriptions, authorization: { roleAssignments } }, aws },
    clock,
  );
  const groups = exchanges.flatMap(
    ({ url }) => /^\/subscriptions\/[^/]+\/resourceGroups\/[^/?]+/i.exec(url)?.[0] ?? [],
  );
  for (const group of new Set(groups))
    await callJson(simulator.arm, "PUT", `${group}?api-version=2024-11-01`, { body: { location: "westus" } });
  return simulator;
}

const startOver = (world: WorldDocumentsInput, clock: StandingClock): Promise<Simulator> =>
  createSimulator({ world, clock, auth: false, passTime: clock.pass });

/** Role assignments that somebody else had made. */
function foundAssignments(exchanges: readonly Exchange[]): AuthorizationDocument[] {
  const found = new Map<string, AuthorizationDocument>();
  const made = new Set(exchanges.flatMap(({ method, url }) => (method === "PUT" ? [url.split("?")[0] ?? ""] : [])));
  for (const one of exchanges.flatMap(({ body }) => listOf(body))) {
    const { data } = AuthorizationDocument.safeParse(one);
    if (data?.type === "Microsoft.Authorization/roleAssignments" && !made.has(data.id)) found.set(data.id, data);
  }
  return [...found.values()];
}

/** The same world with more in it: what a deployment brought. */
function withResources(simulator: Simulator, more: readonly ArmDocument[], clock: StandingClock): Promise<Simulator> {
  const { azure, aws } = simulator.documents();
  const subscriptions = azure.subscriptions.map((one) => ({
    ...one,
    resources: [...one.resources, ...more.filter(({ id }) => id.startsWith(`/subscriptions/${one.subscriptionId}/`))],
  }));
  return startOver({ azure: { ...azure, subscriptions }, aws }, clock);
}

/**
 * Whole resources that a recorded answer shows, or a request refers to, although no recorded request made them, by the exchange before
 * which they came.
 */
function arrivalsOf(exchanges: readonly Exchange[]): ReadonlyMap<Exchange, readonly ArmDocument[]> {
  const made = new Set<string>();
  const arrivals = new Map<Exchange, ArmDocument[]>();
  const arrive = (id: string, exchange: Exchange, document: ArmDocument) => {
    made.add(id.toLowerCase());
    // What is changed before it is shown was there before it was changed.
    const first = exchanges.find((earlier) => earlier === exchange || touches(earlier, id)) ?? exchange;
    const before = first === exchange ? document : withoutLater(document, exchanges.slice(exchanges.indexOf(first)));
    arrivals.set(first, [...(arrivals.get(first) ?? []), before]);
  };
  for (const exchange of exchanges) {
    const { method, url, status, body, requestBody } = exchange;
    const path = url.split("?")[0] ?? "";
    if (method === "PUT" && status < 300) {
      made.add(path.toLowerCase());
    }
    for (const id of mentionedGroups([requestBody, method === "GET" ? body : undefined]))
      if (!made.has(id.toLowerCase()) && !exchanges.some((other) => isMadeOrShown(other, id)))
        arrive(id, exchange, bare(id, "Microsoft.Network/networkSecurityGroups"));
    if (method !== "GET" || status !== 200) continue;
    for (const [network, subnet] of mentionedSubnets(body))
      if (!made.has(network.toLowerCase()) && !exchanges.some((other) => isMadeOrShown(other, network)))
        arrive(network, exchange, usualNetwork(network, subnet));
    const parent = /^(.*\/virtualNetworks\/[^/]+)\/subnets\/[^/]+$/i.exec(path)?.[1];
    if (parent !== undefined && !made.has(parent.toLowerCase())) {
      const network = bare(parent, "Microsoft.Network/virtualNetworks");
      arrive(parent, exchange, { ...network, properties: { subnets: [body] } });
    }
    for (const one of [body, ...listOf(body)]) {
      const shown = Shown.safeParse(one).data;
      if (shown === undefined || made.has(shown.id.toLowerCase()) || !WHOLE.test(shown.id)) continue;
      arrive(shown.id, exchange, documentOf(shown, exchanges));
    }
  }
  return arrivals;
}

const WHOLE =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.(?:Network|Compute)\/[^/]+\/[^/]+$/i;

const bare = (id: string, type: string): ArmDocument =>
  ArmDocument.parse({ id, name: id.split("/").at(-1), type, location: "westus" });

const mentionedGroups = (body: unknown): readonly string[] =>
  [...JSON.stringify(body ?? null).matchAll(/"id": ?"([^"]+\/networkSecurityGroups\/[^"/]+)"/gi)].flatMap(
    ([, id]) => id ?? [],
  );

const mentionedSubnets = (body: unknown): readonly (readonly [string, string])[] =>
  [
    ...JSON.stringify(body ?? null).matchAll(
      /"subnet": ?\{"id": ?"([^"]+\/virtualNetworks\/[^"/]+)\/subnets\/([^"/]+)"/gi,
    ),
  ].flatMap(([, network, subnet]) =>
    network === undefined || subnet === undefined ? [] : [[network, subnet] as const],
  );

/** A network as the command line makes it where it is not told. */
const usualNetwork = (id: string, subnet: string): ArmDocument => ({
  ...bare(id, "Microsoft.Network/virtualNetworks"),
  properties: {
    addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
    subnets: [{ name: subnet, properties: { addressPrefix: "10.0.0.0/24" } }],
  },
});

const isMadeOrShown = ({ method, url, status, body }: Exchange, id: string): boolean =>
  (method === "PUT" && (url.split("?")[0] ?? "").toLowerCase().startsWith(id.toLowerCase())) ||
  (method === "GET" && status === 200 && url.toLowerCase().startsWith(`${id.toLowerCase()}/`)) ||
  (method === "GET" &&
    status === 200 &&
    [body, ...listOf(body)].some((one) => Shown.safeParse(one).data?.id.toLowerCase() === id.toLowerCase()));

const touches = ({ method, url, status }: Exchange, id: string): boolean => {
  const path = (url.split("?")[0] ?? "").toLowerCase();
  return status !== 404 && (path === id.toLowerCase() || (method !== "GET" && path.startsWith(`${id.toLowerCase()}/`)));
};

/** Without the parts that recorded requests are yet to make. */
function withoutLater(document: ArmDocument, later: readonly Exchange[]): ArmDocument {
  const made = new Set(
    later.flatMap(({ method, url, status }) =>
      method === "PUT" && status === 201 ? [url.split("?")[0]?.toLowerCase()] : [],
    ),
  );
  const properties = Object.entries(document.properties).map(([name, value]): readonly [string, unknown] => [
    name,
    Array.isArray(value)
      ? value.filter((part: unknown) => !made.has(Shown.partial().safeParse(part).data?.id?.toLowerCase()))
      : value,
  ]);
  return { ...document, properties: Object.fromEntries(properties) };
}

/** A machine is shown with its power only when asked for that. */
function documentOf(shown: z.infer<typeof Shown>, exchanges: readonly Exchange[]): ArmDocument {
  const withView = exchanges.find(
    ({ method, url, status }) =>
      method === "GET" &&
      status === 200 &&
      url.toLowerCase().startsWith(`${shown.id.toLowerCase()}?$expand=instanceview`),
  );
  return ArmDocument.parse(withView?.body ?? shown);
}

const List = z.looseObject({ value: z.array(z.unknown()) });
const listOf = (body: unknown): readonly unknown[] => List.safeParse(body).data?.value ?? [];

const operationOf = (url: string): string | undefined =>
  /\/locations\/[^/]+\/operation(?:s|Results)\/([^/?]+)/i.exec(url)?.[1];

const keyOfPoll = (url: string): string =>
  `${operationOf(url) ?? ""} ${/operationResults|monitor=true/i.test(url) ? "location" : "azure-asyncoperation"}`;

function remember(
  operations: Map<string, string>,
  exchange: Exchange,
  headers: Readonly<Record<string, string>>,
  header: string,
): void {
  const [there, here] = [exchange.headers[header], headers[header]];
  const id = operationOf(there ?? "");
  if (id === undefined || here === undefined) return;
  const url = new URL(here);
  operations.set(`${id} ${header}`, url.pathname + url.search);
}

/** As recorded: nobody can know beforehand when real Azure times out. */
const OUTAGE: Fault = {
  match: { cloud: "azure" },
  times: 1,
  effect: { kind: "status", status: 503, code: "ServerTimeout", message: "The request timed out." },
};

const Status = z.looseObject({ status: z.string() });
const showsProgress = ({ status, body }: Exchange): boolean =>
  status === 202 || Status.safeParse(body).data?.status === "InProgress";

function compare(
  exchange: Exchange,
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly json: unknown },
): readonly string[] {
  if (answer.status !== exchange.status)
    return [`answers ${answer.status} ${JSON.stringify(answer.json ?? "").slice(0, 300)}, not ${exchange.status}`];
  const headers = ["azure-asyncoperation", "azure-asyncnotification", "location", "etag"].flatMap((name) => {
    const [there, here] = [exchange.headers[name] !== undefined, answer.headers[name] !== undefined];
    return there === here ? [] : [`${there ? "lacks" : "adds"} the header ${name}`];
  });
  const isPoll = operationOf(exchange.url) !== undefined;
  const skipped = (path: string) => isVolatile(path) || (isPoll && path === "name");
  return [...headers, ...bodyDifferences(exchange.body ?? undefined, answer.json, skipped)];
}

/** Values that no two clouds have in common, and states of writes: it is their time that differs. */
const isVolatile = (path: string): boolean =>
  /(?:^|\.)(?:etag|resourceGuid|macAddress|ipAddress|vmId|message|startTime|endTime|time|createdOn|updatedOn|createdBy|updatedBy|provisioningState|internalDomainNameSuffix|internalFqdn)$/.test(
    path,
  );

/** The request without names: what differs is told by kind of request. */
export function requestOf({ method, url }: Pick<Exchange, "method" | "url">): string {
  const path = url.split("?")[0] ?? "";
  const after = path.slice(path.toLowerCase().lastIndexOf("/providers/") + "/providers/".length).split("/");
  return `${method} ${after
    .slice(1)
    .filter((_, i) => i % 2 === 0)
    .join("/")}`;
}
