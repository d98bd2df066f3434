import { z } from "zod";

const Reach = z.looseObject({ verdict: z.enum(["allowed", "denied", "unknown"]) });
const Exposure = z.looseObject({
  exposure: z.array(
    z.object({
      packet: z.looseObject({ vm: z.string(), port: z.number(), source: z.string() }),
      intervals: z.array(z.looseObject({ from: z.string(), to: z.string().optional() })),
    }),
  ),
});
export type Exposures = z.infer<typeof Exposure>["exposure"];

/** What the simulated clouds say of themselves (settled.md §5). */
export interface World {
  readonly reachable: (vm: string, port: number, source: string) => Promise<"allowed" | "denied" | "unknown">;
  /** From now on it is remembered when this door stood open. */
  readonly watch: (vm: string, port: number, source: string) => Promise<unknown>;
  /** When the doors that are watched stood open. */
  readonly exposure: () => Promise<Exposures>;
}

export function createWorld(url: string): World {
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(new URL(path, url));
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const reachable: World["reachable"] = async (vm, port, source) => {
    const query = new URLSearchParams({ vm, port: String(port), source });
    return Reach.parse(await get(`/_control/reachable?${query.toString()}`)).verdict;
  };
  return {
    reachable,
    watch: reachable,
    exposure: async () => Exposure.parse(await get("/_control/history")).exposure,
  };
}
