import { portsThrough, quietLog, quietMetrics, wait } from "@sallyport/backbone";
import type { Running } from "@sallyport/backbone";
import type { EmbeddedPorts } from "@sallyport/backbone-embedded";
import { isScanEvent } from "@sallyport/contracts";
import type { Fact, SallyportEvent, ScopeId } from "@sallyport/contracts";
import { createAzureModel } from "@sallyport/domain";
import type { AzureNet } from "@sallyport/domain";
import { deriveEventId } from "@sallyport/service-kit";
import { aBackbone, anEvent, anEventId } from "@sallyport/testkit";
import type { TestBackbone } from "@sallyport/testkit";
import { z } from "zod";
import { netOf, scope } from "./net-of.conformance.ts";
import { createScanner, surveyedCloud } from "./service.ts";
import type { ScannerDeps } from "./service.ts";

// What the tests of this room share: scanners over the shipped embedded adapters, in virtual time, and a cloud that shows what a test says.

const TableName = z.object({ name: z.string() });

export interface ScannerUnderTest {
  readonly backbone: TestBackbone;
  /** The process of everybody else. */
  readonly embedded: EmbeddedPorts;
  /** Every scanner that was started, each followed by its process; who takes one out closes it. */
  readonly running: Running[];
  /** What a survey sees, page by page; at first two VMs of `scope` that let everybody in. */
  readonly pagesOf: Map<ScopeId, () => Iterable<AzureNet>>;
  /** What a survey waits for before it sees anything. */
  readonly delays: Map<ScopeId, Promise<void>>;
  /** The scopes of all surveys, in order. */
  readonly surveys: ScopeId[];
  /** The tables of all writes, in order. */
  readonly writes: string[];
  /** Starts one more replica; `enrolled` are the scopes that its settings connect. */
  readonly start: (settings?: Partial<ScannerDeps>, enrolled?: readonly ScopeId[]) => Promise<void>;
  /** Every finding that was published, shortened, and every VM that was called gone. */
  readonly said: () => Promise<readonly string[]>;
  /** Publishes as another service would, as its `n`-th event, and lets it arrive. */
  readonly hear: (fact: Fact, n?: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The scanner's cloud, where a test wants it otherwise. */
export interface CloudOptions {
  /** What a look at one VM sees. */
  readonly read?: () => Promise<AzureNet>;
  /** How long each page of a survey takes. */
  readonly pageMs?: () => number;
}

export function aScanner({
  read = async () => netOf([1], true),
  pageMs = () => 0,
}: CloudOptions = {}): ScannerUnderTest {
  const backbone = aBackbone();
  const embedded = backbone.incarnate();
  const running: Running[] = [];
  const pagesOf: ScannerUnderTest["pagesOf"] = new Map([[scope, () => [netOf([1, 2], true)]]]);
  const delays: ScannerUnderTest["delays"] = new Map();
  const surveys: ScopeId[] = [];
  const writes: string[] = [];

  const start: ScannerUnderTest["start"] = async (settings = {}, enrolled = [...pagesOf.keys()]) => {
    const network = {
      survey: async function* (asked: ScopeId) {
        surveys.push(asked);
        await delays.get(asked);
        for (const page of pagesOf.get(asked)?.() ?? []) {
          const ms = pageMs();
          if (ms > 0) await wait(backbone.clock, ms);
          yield page;
        }
      },
      read,
    };
    const process = backbone.incarnate();
    const ports = portsThrough(process.ports, ({ port, fn, phase, args }) => {
      const [table] = args;
      if (port === "records" && fn === "put" && phase === "before") writes.push(TableName.parse(table).name);
    });
    const scanner = await createScanner({
      ...ports,
      clouds: [surveyedCloud({ cloud: "azure", network, model: createAzureModel(), scopes: enrolled })],
      deriveEventId,
      newToken: () => `token-${running.length} ${backbone.random()}`,
      everyMs: 60_000,
      ...settings,
      log: quietLog,
      metrics: quietMetrics,
    });
    running.push(scanner, process);
    await backbone.clock.pass(1);
  };

  const said = async () => {
    const events: SallyportEvent[] = [];
    for await (const event of embedded.ports.bus.replay("sallyport.posture")) events.push(event);
    return events.flatMap((event) => {
      if (isScanEvent(event)) return [];
      if (event.type === "sallyport.posture.classified.v1")
        return `${event.data.profile.name} ${event.data.finding.reasonCode}`;
      return `${event.subject.slice(-4)} gone`;
    });
  };
  const hear = async (fact: Fact, n = 1) => {
    await embedded.ports.bus.publish([anEvent(fact, { id: anEventId(n) })]);
    await backbone.clock.pass(1);
  };

  const close = async () => {
    for (const one of running) await one.close();
    await embedded.close();
    backbone.store.close();
  };
  return { backbone, embedded, running, pagesOf, delays, surveys, writes, start, said, hear, close };
}
