import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { isIPv4 } from "node:net";
import { CA_FILE, tlsMaterial } from "./arm/certificates.ts";
import { createControlWire, isControl } from "./control/control-wire.ts";
import type { Simulator } from "./simulator.ts";
import type { Entrance } from "./world/documents.ts";
import { isLost } from "./wire.ts";
import type { WireHandler, WireRequest, WireResponse } from "./wire.ts";

export interface ServeOptions {
  /** 0 takes a free one. */
  readonly armPort: number;
  readonly ec2Port: number;
  /** Loopback, unless clients are in other containers; the control answers loopback alone, whatever this is. */
  readonly host: string;
  /** By which name clients know it: in the URLs and in the certificate. The host when left out. */
  readonly name?: string;
  /** Answers what Resource Manager's origin is asked and another service is to answer; `undefined`: that is not for it. */
  readonly elsewhere?: (request: WireRequest) => Promise<WireResponse | undefined>;
}

/** What clients need to find the clouds and be let in: the `simulator` part of the ready line. */
export interface SimulatorReady {
  readonly arm: {
    readonly url: string;
    readonly authority: string;
    /** The CA to trust; empty when the world is kept nowhere. */
    readonly caFile: string;
    readonly tenantId: string;
    readonly clientId: string;
    readonly clientSecret: string;
    /** Of the client's service principal: what role assignments name. */
    readonly objectId: string;
    readonly subscriptionIds: readonly string[];
  };
  readonly ec2: {
    readonly url: string;
    readonly regions: readonly string[];
    readonly accounts: readonly {
      readonly accountId: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      /** The role by which to enter the account, where the world says so. */
      readonly enterBy?: Entrance;
    }[];
  };
}

export interface ServedSimulator {
  readonly ready: SimulatorReady;
  readonly caPem: string;
  /** The public keys of the token authority, as JSON: for whoever else is to take its tokens. */
  readonly tokenKeys: string;
  /** Answers what is under way, then closes both ports. */
  readonly close: () => Promise<void>;
}

const KEEP_ALIVE_MS = 300_000;
const BODY_AT_MOST = 4 * 1024 * 1024;

/** Puts the clouds on two loopback ports: ARM and its token authority over HTTPS, EC2 and STS over HTTP; the control on both. */
export async function serveSimulator(simulator: Simulator, options: ServeOptions): Promise<ServedSimulator> {
  const name = options.name ?? options.host;
  const tls = await tlsMaterial(simulator.keep, name);
  const control = createControlWire(simulator.control);
  const { elsewhere } = options;
  const arm: WireHandler = async (request) => (await elsewhere?.(request)) ?? simulator.arm(request);
  const armServer = createHttpsServer({ cert: tls.certificatePem, key: tls.keyPem }, listener(arm, control));
  const ec2Server = createHttpServer(listener(plain(simulator), control));
  // Longer than clients keep a connection: one that we close just as it is used again looks like an outage to them.
  for (const server of [armServer, ec2Server]) server.keepAliveTimeout = KEEP_ALIVE_MS;
  const armPort = await listen(armServer, options.armPort, options.host);
  const ec2Port = await listen(ec2Server, options.ec2Port, options.host).catch(async (error: unknown) => {
    await close(armServer);
    throw error;
  });
  const { regions, accounts, ...tenant } = simulator.describe();
  const keys = await simulator.arm({
    method: "GET",
    url: `/${tenant.tenantId}/discovery/v2.0/keys`,
    headers: {},
    body: "",
  });
  const armUrl = `https://${name}:${armPort}`;
  return {
    ready: {
      arm: {
        url: armUrl,
        authority: armUrl,
        caFile: simulator.keep.pathOf(CA_FILE) ?? "",
        ...tenant,
      },
      ec2: { url: `http://${name}:${ec2Port}`, regions, accounts },
    },
    caPem: tls.caPem,
    tokenKeys: keys.body,
    close: async () => {
      await Promise.all([close(armServer), close(ec2Server)]);
    },
  };
}

/** Over plain HTTP: EC2 and STS, and Azure's instance metadata service, which no client asks otherwise. */
const plain =
  ({ arm, ec2 }: Simulator): WireHandler =>
  (request) =>
    /^\/+metadata\/identity\//i.test(request.url) ? arm(request) : ec2(request);

const listener =
  (cloud: WireHandler, control: WireHandler) =>
  (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    void respond(cloud, control, incoming, outgoing);
  };

async function respond(
  cloud: WireHandler,
  control: WireHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  try {
    const request = await read(incoming);
    if (request === undefined) return send(outgoing, { status: 413, headers: {}, body: "" });
    if (!isControl(request)) return send(outgoing, await cloud(request));
    send(outgoing, isLoopback(addressOf(incoming)) ? await control(request) : { status: 403, headers: {}, body: "" });
  } catch (error) {
    // A bug in here is a cloud's 500 to its clients; the reason is theirs to see, it is only a simulation.
    const message = error instanceof Error ? error.message : "unknown";
    const body = JSON.stringify({ error: { code: "SimulatorBug", message } });
    if (!outgoing.headersSent) send(outgoing, { status: 500, headers: { "content-type": "application/json" }, body });
    else outgoing.destroy();
  }
}

const addressOf = ({ socket }: IncomingMessage): string => (socket.remoteAddress ?? "").replace(/^::ffff:/, "");

const isLoopback = (address: string): boolean => address === "::1" || (isIPv4(address) && address.startsWith("127."));

async function read(incoming: IncomingMessage): Promise<WireRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > BODY_AT_MOST) return undefined;
    chunks.push(bytes);
  }
  const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] as const],
  );
  return {
    method: incoming.method ?? "GET",
    url: incoming.url ?? "/",
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).toString("utf8"),
    from: addressOf(incoming),
  };
}

function send(outgoing: ServerResponse, response: WireResponse): void {
  if (isLost(response)) {
    outgoing.socket?.destroy();
    return;
  }
  const length = response.status === 204 ? {} : { "content-length": Buffer.byteLength(response.body) };
  outgoing.writeHead(response.status, { ...response.headers, ...length });
  outgoing.end(response.body);
}

const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
  });
