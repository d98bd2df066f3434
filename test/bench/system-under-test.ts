import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startCluster } from "@sallyport/sallyport";
import { z } from "zod";
import { benchEstate, benchVm } from "./bench-estate.ts";
import { createJsonClient } from "./json-client.ts";
import { machineMs } from "./open-loop.ts";
import { createRecording } from "./recording.ts";
import type { Recording } from "./recording.ts";

/** A cluster with every machine locked down, and a fast client of its API. */
export interface SystemUnderTest {
  readonly machines: number;
  readonly recording: Recording;
  readonly brokers: readonly string[];
  readonly redisUrl: string;
  /** Asks for access to the nth machine; resolves when it is answered with when it was sent, in machine milliseconds. */
  readonly ask: (vm: number, end: { readonly duration: string } | { readonly endTime: string }) => Promise<number>;
  readonly close: () => Promise<void>;
}

const Vms = z.looseObject({
  items: z.array(
    z.looseObject({
      vm: z.string(),
      vmKey: z.string(),
      lockdown: z.looseObject({ status: z.string() }).optional(),
    }),
  ),
  next: z.string().optional(),
});

export interface SystemOptions {
  readonly folder: string;
  readonly machines: number;
  readonly say: (line: string) => void;
}

export async function startSystem({ folder, machines, say }: SystemOptions): Promise<SystemUnderTest> {
  const world = join(folder, "estate.json");
  writeFileSync(world, JSON.stringify(benchEstate(machines)));
  const cluster = await startCluster({
    dataDir: folder,
    port: 0,
    say,
    world,
    clouds: ["--import", "tsx", "--conditions=@sallyport/source", join(import.meta.dirname, "recorded-clouds.ts")],
    // One survey, at the start: afterwards every call at the cloud belongs to a grant.
    surveySeconds: 86_400,
    settings: { SALLYPORT_RECHECK_LOCKDOWN_SECONDS: "86400" },
  });
  const { url, tokens, simulator } = cluster.ready;
  const { call, close: closeClient } = createJsonClient(url);

  const fleet = async () => {
    const all: z.infer<typeof Vms>["items"] = [];
    for (let path: string | undefined = "/v1/vms?limit=200"; path !== undefined;) {
      const page: z.infer<typeof Vms> = Vms.parse(await call("GET", path, tokens.reader));
      all.push(...page.items);
      path = page.next;
    }
    return all;
  };
  const untilAll = async (what: string, isSo: (vm: z.infer<typeof Vms>["items"][number]) => boolean) => {
    for (;;) {
      const count = (await fleet()).filter(isSo).length;
      say(`bench: ${count} of ${machines} machines are ${what}`);
      if (count >= machines) return;
      await sleep(2_000);
    }
  };
  await untilAll("surveyed", () => true);
  const keys = new Map((await fleet()).map(({ vm, vmKey }) => [vm, vmKey]));
  const keyOf = (n: number): string => keys.get(benchVm(n)) ?? "";
  const policy = { ports: [{ port: 22, maxDuration: "PT12H" }], lockdown: { precedence: "strict" } };
  for (let n = 0; n < machines; n += 1) await call("PUT", `/v1/vms/${keyOf(n)}/policy`, tokens.administrator, policy);
  await untilAll("locked down", ({ lockdown }) => lockdown?.status === "Locked");

  return {
    machines,
    recording: createRecording(simulator.ec2.url),
    brokers: cluster.brokers,
    redisUrl: cluster.redisUrl,
    ask: async (vm, end) => {
      const body = { vm: keyOf(vm), ports: [22], sources: ["198.51.100.77"], justification: "bench", ...end };
      const sent = machineMs();
      await call("POST", "/v1/access-requests", tokens.requester, body);
      return sent;
    },
    close: async () => {
      closeClient();
      await cluster.close();
    },
  };
}
