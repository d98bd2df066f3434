import { z } from "zod";

const Call = z.object({ vm: z.number(), machineMs: z.number(), wallMs: z.number(), method: z.string() });
/** A call about one machine, as it arrived at the cloud: by the machine's monotonic clock, and by the wall clock. */
export type RecordedCall = z.infer<typeof Call>;

/** The notes of the recorded clouds. */
export interface Recording {
  /** Takes what was noted since the last time. */
  readonly take: () => Promise<readonly RecordedCall[]>;
  /** From now on every machine is gone (404), so that a grant costs the cloud one call; or is there again. */
  readonly machinesAre: (state: "gone" | "there") => Promise<void>;
}

export function createRecording(url: string): Recording {
  const ask = async (path: string) => z.array(Call).parse(await (await fetch(new URL(`/_bench/${path}`, url))).json());
  return {
    take: () => ask("calls"),
    machinesAre: async (state) => {
      await ask(state);
    },
  };
}
