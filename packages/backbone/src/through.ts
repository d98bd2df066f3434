import type { Ports } from "./ports.ts";

/** One passage of a gate: which function of which port, on the way in or out. A handler passed into `work` is `work.handler`. */
export interface GateCall {
  readonly port: string;
  readonly fn: string;
  readonly phase: "before" | "after";
  readonly args: readonly unknown[];
}

/**
 * What a gate may answer on the way in, besides nothing: `skip` leaves the call out and answers nothing, as if it had been lost
 * after it was acknowledged; `again` makes it twice and answers what the second says.
 */
export type GateAnswer = "skip" | "again";

/** Stands on every call: counts it, traces it, holds it up, refuses it by throwing. One that never answers is a crash. */
export type Gate = (call: GateCall) => Promise<GateAnswer | void> | GateAnswer | void;

/** The functions of our ports that answer with something to iterate. They are called at once, and go through the gate page by page. */
const iterated: ReadonlySet<string> = new Set(["replay", "deadLetters", "survey"]);

type Call = (...args: readonly unknown[]) => unknown;

const isCall = (value: unknown): value is Call => typeof value === "function";
const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

/**
 * The same port with a gate before and after every call of its functions, and of every handler passed into them. Members that are
 * no functions stay as they are. Not for the Clock, whose functions answer at once.
 */
export function through<Port extends object>(name: string, port: Port, gate: Gate): Port {
  const gated =
    (fn: string, call: Call): Call =>
    async (...args) => {
      const verdict = await gate({ port: name, fn, phase: "before", args });
      if (verdict === "skip") return undefined;
      const passed = args.map((arg) => (isCall(arg) ? gated(`${fn}.handler`, arg) : arg));
      if (verdict === "again") await call(...passed);
      const answer = await call(...passed);
      if (isIterable(answer)) throw new Error(`${name}.${fn} is iterated, and through() does not know it`);
      await gate({ port: name, fn, phase: "after", args });
      return answer;
    };

  const paged =
    (fn: string, call: Call): Call =>
    (...args) => {
      const pages = call(...args);
      if (!isIterable(pages)) throw new Error(`${name}.${fn} is no iterable`);
      return pagesThrough(pages, (phase) => gate({ port: name, fn, phase, args }));
    };

  const wrapped = Object.entries(port).map(([fn, member]: [string, unknown]) => {
    if (!isCall(member)) return [fn, member] as const;
    return [fn, iterated.has(fn) ? paged(fn, member) : gated(fn, member)] as const;
  });
  // Every member has been wrapped into one of its own type.
  return Object.fromEntries(wrapped) as Port;
}

async function* pagesThrough(
  pages: AsyncIterable<unknown>,
  gate: (phase: GateCall["phase"]) => ReturnType<Gate>,
): AsyncIterable<unknown> {
  const iterator = pages[Symbol.asyncIterator]();
  try {
    for (;;) {
      await gate("before");
      const page = await iterator.next();
      await gate("after");
      if (page.done === true) return;
      yield page.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** The three asynchronous ports through one gate. */
export const portsThrough = ({ clock, bus, queue, records }: Ports, gate: Gate): Ports => ({
  clock,
  bus: through("bus", bus, gate),
  queue: through("queue", queue, gate),
  records: through("records", records, gate),
});
