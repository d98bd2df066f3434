import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { PatientClient } from "./patient-client.ts";

/** A VM that lives through a round. */
export interface Subject {
  readonly vm: string;
  readonly vmKey: string;
  readonly name: string;
}

const Vms = z.looseObject({
  items: z.array(z.looseObject({ vm: z.string(), vmKey: z.string(), name: z.string() })),
  next: z.string().optional(),
});
const Vm = z.looseObject({ lockdown: z.looseObject({ status: z.string() }).optional() });
const Grant = z.looseObject({ id: z.string(), status: z.string(), expiresAt: z.string().optional() });
const Request = z.looseObject({ grants: z.array(Grant).min(1) });

/** No guarantee: what is waited for is certain, how long it takes is the machine's. */
const PATIENCE_MS = 300_000;

/** Looks again and again; throws when its patience has ended. */
export async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MS / 1000} s for ${what}`);
    await sleep(150);
  }
}

export interface OpenGrant {
  readonly grant: string;
  /** Epoch milliseconds. */
  readonly end: number;
}

/** What people do with VMs. */
export interface People {
  readonly vms: (least: number) => Promise<readonly Subject[]>;
  readonly enable: (subject: Subject) => Promise<unknown>;
  readonly disable: (subject: Subject) => Promise<unknown>;
  readonly lockdownIs: (subject: Subject, status: string) => Promise<unknown>;
  /** Asks for `seconds` from there; resolves with the grant's id. */
  readonly ask: (subject: Subject, source: string, seconds: number) => Promise<string>;
  /** Resolves with its end (epoch milliseconds) once it is open; with the present when that is over; nothing when it was not opened. */
  readonly opened: (grant: string) => Promise<number | undefined>;
  /** Asks until it is opened, each time for twice as long: on a slow machine, or with much killed beside it, some openings come too late. */
  readonly insist: (subject: Subject, source: string, seconds: number) => Promise<OpenGrant>;
  readonly ended: (grant: string) => Promise<string>;
}

export function createPeople(administrator: PatientClient, requester: PatientClient): People {
  const grantOf = async (id: string) => Grant.parse(await requester.call("GET", `/v1/grants/${id}`, undefined, [404]));
  const page = async (path: string) => Vms.parse(await administrator.call("GET", path));
  const ask: People["ask"] = async ({ vmKey }, source, seconds) => {
    const asked = await requester.ask({
      vm: vmKey,
      ports: [22],
      sources: [source],
      duration: `PT${seconds}S`,
      justification: "chaos",
    });
    const [grant] = Request.parse(asked).grants;
    if (grant === undefined) throw new Error("a request without a grant");
    return grant.id;
  };
  const opened: People["opened"] = async (id) => {
    const end = await until(`grant ${id} to open`, async () => {
      const { status, expiresAt } = await grantOf(id);
      if (status === "Open") return Date.parse(expiresAt ?? "");
      if (status === "Closed") return Date.now();
      return ["Failed", "Denied"].includes(status) ? "never" : undefined;
    });
    return end === "never" ? undefined : end;
  };
  return {
    vms: (least) =>
      until(`${least} VMs to be surveyed`, async () => {
        const all: Subject[] = [];
        for (let path: string | undefined = "/v1/vms?limit=200"; path !== undefined;) {
          const { items, next }: z.infer<typeof Vms> = await page(path);
          all.push(...items);
          path = next;
        }
        return all.length >= least ? all : undefined;
      }),
    enable: ({ vmKey }) =>
      administrator.call(
        "PUT",
        `/v1/vms/${vmKey}/policy`,
        { ports: [{ port: 22, maxDuration: "PT1H" }], lockdown: { precedence: "strict", sharedGroups: "clone" } },
        // It is there already: the first call was heard, only its answer was lost.
        [428],
      ),
    disable: ({ vmKey }) => administrator.call("DELETE", `/v1/vms/${vmKey}/policy`, undefined, [404]),
    lockdownIs: ({ vmKey, name }, status) =>
      until(`${name} to be ${status}`, async () => {
        const { lockdown } = Vm.parse(await administrator.call("GET", `/v1/vms/${vmKey}`));
        return lockdown?.status === status ? true : undefined;
      }),
    ask,
    opened,
    insist: async (subject, source, seconds) => {
      for (let duration = seconds; ; duration *= 2) {
        const grant = await ask(subject, source, duration);
        const end = await opened(grant);
        if (end !== undefined) return { grant, end };
      }
    },
    ended: (id) =>
      until(`grant ${id} to end`, async () => {
        const { status } = await grantOf(id);
        return ["Closed", "Failed", "Denied"].includes(status) ? status : undefined;
      }),
  };
}
