import { createHttpClient } from "./http-client.ts";

/** What the simulated world says of itself: by its own evaluation, independent of Sallyport's planners. */
export interface WorldControl {
  readonly reachable: (vm: string, port: number, source: string) => Promise<"allowed" | "denied" | "unknown">;
  /** Opens an SSH-like connection; fails when it would not be let in. */
  readonly connect: (vm: string, port: number, source: string) => Promise<string>;
  readonly connection: (id: string) => Promise<"established" | "cut">;
}

/** The simulators' control, on the EC2 port, which speaks plain HTTP. */
export function createWorldControl(url: string): WorldControl {
  const { call } = createHttpClient(url);
  return {
    reachable: async (vm, port, source) => {
      const query = new URLSearchParams({ vm, port: String(port), source, protocol: "tcp" });
      return (
        await call<{ verdict: "allowed" | "denied" | "unknown" }>("GET", `/_control/reachable?${query.toString()}`)
      ).body.verdict;
    },
    connect: async (vm, port, source) =>
      (await call<{ id: string }>("POST", "/_control/flows", { body: { vm, port, source } })).body.id,
    connection: async (id) => (await call<{ state: "established" | "cut" }>("GET", `/_control/flows/${id}`)).body.state,
  };
}
