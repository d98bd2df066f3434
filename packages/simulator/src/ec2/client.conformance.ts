import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import { EC2Client } from "@aws-sdk/client-ec2";
import { STSClient } from "@aws-sdk/client-sts";
import { createSystemClock } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import { createChance } from "../world/chance.ts";
import { Fault } from "../world/faults.ts";
import { createFaults } from "../world/faults.ts";
import type { FaultInput } from "../world/faults.ts";
import { createFlows } from "../world/flows.ts";
import { createHistory } from "../world/history.ts";
import { createOutsiders } from "../world/outsiders.ts";
import type { AwsDocuments } from "../world/documents.ts";
import type { Packet, Reach } from "../world/reachability.ts";
import { isLost } from "../wire.ts";
import type { WireHandler } from "../wire.ts";
import { createAwsCloud } from "./aws-cloud.ts";
import type { AwsCloudOptions } from "./aws-cloud.ts";

/** A cloud on the ground it needs, without socket. */
export function aCloud(
  documents: AwsDocuments,
  options: Partial<AwsCloudOptions> = {},
  clock: Clock = createSystemClock(),
  seed = 1,
) {
  const faults = createFaults(createChance(seed));
  const outsiders = createOutsiders();
  const reachable = (packet: Packet): Reach => cloud.reachability.reachable(packet);
  const history = createHistory((packet) => reachable(packet).verdict);
  const flows = createFlows({ reachable, survivesClosing: (...asked) => cloud.reachability.survivesClosing(...asked) });
  const cloud = createAwsCloud(
    { documents, auth: true, ...options },
    {
      clock,
      newId: randomUUID,
      faults,
      outsiders,
      outsider: async (edit) => (edit.cloud === "aws" ? cloud.outsider(edit) : { status: 404, body: "" }),
      record: history.record,
      changed: (at, write) => {
        history.changed(at, write);
        flows.changed(at, write);
      },
      save: async () => undefined,
    },
  );
  const vm = (name: string) => cloud.reachability.resolve(name) ?? name;
  return {
    cloud,
    outsiders,
    history,
    script: (...inputs: readonly FaultInput[]) => faults.add(inputs.map((input) => Fault.parse(input))),
    reach: (name: string, port: number, source: string) =>
      reachable({ vm: vm(name), port, protocol: "tcp", source }).verdict,
    why: (name: string, port: number, source: string) =>
      reachable({ vm: vm(name), port, protocol: "tcp", source }).hops.map(({ why }) => why),
    connect: (name: string, port: number, source: string) => {
      const opened = flows.open({ vm: vm(name), port, protocol: "tcp", source }, clock.now());
      if ("refused" in opened) throw new Error(`not reachable: ${JSON.stringify(opened.refused)}`);
      return () => flows.find(opened.flow.id)?.state;
    },
  };
}

/** Listens on loopback; a lost reply is a socket that dies. */
export async function serve(wire: WireHandler): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(",") : (value ?? ""),
        ]),
      );
      const asked = {
        method: request.method ?? "",
        url: request.url ?? "/",
        headers,
        body: Buffer.concat(chunks).toString("utf8"),
        from: request.socket.remoteAddress ?? "",
      };
      void wire(asked).then((answer) => {
        if (isLost(answer)) request.socket.destroy();
        else response.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The SDK as everybody has it, but for its own retries, which would hide what is tested. */
export const ec2Client = (endpoint: string, credentials: Keys, region = "eu-west-1", maxAttempts = 1): EC2Client =>
  new EC2Client({ endpoint, credentials, region, maxAttempts });

export const stsClient = (endpoint: string, credentials: Keys): STSClient =>
  new STSClient({ endpoint, credentials, region: "eu-west-1", maxAttempts: 1 });
