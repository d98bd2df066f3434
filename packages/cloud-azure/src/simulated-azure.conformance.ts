import type { HttpClient } from "@azure/core-rest-pipeline";
import { createHmac } from "node:crypto";
import { quietLog } from "@sallyport/backbone";
import { signedText } from "@sallyport/domain";
import type { Seal } from "@sallyport/domain";
import { createSimulator, Fault, smallWorld } from "@sallyport/simulator";
import type { FaultInput, SmallWorldParts, WireHandler, WorldDocuments } from "@sallyport/simulator";
import { createVirtualClock } from "@sallyport/testkit";
import type { VirtualClock } from "@sallyport/testkit";
import { createAzureNetwork } from "./azure-network.ts";
import { createFunctionTransport } from "./function-transport.ts";

/** The network over a simulated Azure, in one process, in virtual time. */

export const ENDPOINT = "https://127.0.0.1";

const hmac = (text: string) =>
  createHmac("sha256", "a secret of the test").update(text).digest().subarray(0, 16).toString("base64url");
export const seal: Seal = {
  sign: (claim, place) => ({ claim, keyId: "k1", signature: hmac(signedText(claim, place)) }),
  verifies: ({ claim, signature }, place) => signature === hmac(signedText(claim, place)),
};

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Carries the SDKs' requests into the simulator without a socket, and notes them. */
export const transportTo = (wire: WireHandler, seen: Request[]): HttpClient =>
  createFunctionTransport((request) => {
    seen.push({ ...request, url: `https://${request.headers["host"]}${request.url}` });
    return wire(request);
  });

/** Waits for work while time goes by. */
export const during =
  (clock: VirtualClock) =>
  async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    const giveUpAt = performance.now() + 120_000;
    while (!isOver) {
      if (performance.now() > giveUpAt) throw new Error("the work does not come to an end");
      // Signatures and keys are made by other threads: only what waits for the clock is given time.
      if (clock.armed() > 0) await clock.pass(100);
      else
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
    }
    return work;
  };

export const start = (parts: SmallWorldParts = {}) => startIn(smallWorld(parts));

export async function startIn(world: WorldDocuments, options: { readonly pageSize?: number } = {}) {
  const clock = createVirtualClock();
  const simulator = await createSimulator({ world, clock, auth: true, ...options });
  const { tenantId, clientId, clientSecret, subscriptionIds } = simulator.describe();
  const seen: Request[] = [];
  const network = createAzureNetwork({
    clock,
    log: quietLog,
    subscriptionIds,
    settings: {
      endpoint: ENDPOINT,
      authorityHost: ENDPOINT,
      tenantId,
      clientId,
      clientSecret,
      disableInstanceDiscovery: true,
    },
    httpClient: transportTo(simulator.arm, seen),
  });
  const trouble = (fault: FaultInput) => {
    const refused = simulator.control.setFaults([Fault.parse(fault)]);
    if (refused !== undefined) throw new Error(refused.misunderstood);
  };
  return { clock, simulator, network, seen, trouble, during: during(clock) };
}
