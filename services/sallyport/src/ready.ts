import type { SimulatorReady } from "@sallyport/simulator";

/** What the ready line of `npm start -s -- --json` says. */
export interface Ready {
  readonly url: string;
  readonly tokens: {
    readonly administrator: string;
    readonly requester: string;
    readonly reader: string;
    /** In the group `approvers`. */
    readonly approver: string;
  };
  /** Id of the group that a policy may ask for approval. */
  readonly approvers: string;
  readonly simulator: SimulatorReady;
}

/** A system that runs, and what a person needs to use it. */
export interface RunningSystem {
  readonly ready: Ready;
  readonly close: () => Promise<void>;
}
