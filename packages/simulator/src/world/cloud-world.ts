import type { WireHandler, WireResponse } from "../wire.ts";
import type { OutsiderEdit } from "./outsiders.ts";
import type { CloudReachability } from "./reachability.ts";

/**
 * One simulated cloud, its state and its wire together: what `createAzureCloud` (arm/) and `createAwsCloud` (ec2/) return.
 * `D` is its part of the world file.
 */
export interface SimulatedCloud<D, E extends OutsiderEdit> {
  readonly wire: WireHandler;
  readonly reachability: CloudReachability;
  /** A neighbour's edit, applied at once. */
  readonly outsider: (edit: E) => Promise<WireResponse>;
  /** The state now, in the form in which it was loaded; called for every save, so cheap. */
  readonly documents: () => D;
  /** Lets everything that is due by now take effect. Called before any question about the world is answered. */
  readonly settle: () => void;
}

/** What a cloud is made of: its documents, and whether callers must prove who they are. */
export interface CloudOptions<D> {
  readonly documents: D;
  /** `false`: any bearer token and any signature is taken. */
  readonly auth: boolean;
}
