import type { Address, ObjectId, Port, VmRef } from "@sallyport/contracts";
import type { NetworkModel, Seal } from "@sallyport/domain";
import type { CloudNetwork } from "../cloud-network.ts";

/** The world behind the cloud's own API, asked and troubled from the side: never through the adapter. */
export interface World {
  /** Does a new connection from `source` reach the port now? By the world's own evaluation. */
  readonly reachable: (vm: VmRef, port: Port, source: Address) => Promise<boolean>;
  /** Everything that no grant may change, and a lockdown only by taking what its unlock gives back; comparable with `toEqual`. */
  readonly foreign: () => Promise<unknown>;
  /** The next write is carried out, but its answer is lost. */
  readonly loseNextReply: () => void;
  /** The next write is refused for now: slow down. */
  readonly throttleNextWrite: () => void;
  /** Somebody else's tool adds a rule or group of its own beside ours. */
  readonly neighbourWrites: () => Promise<void>;
  /** How many calls the cloud has had. */
  readonly calls: () => number;
}

/** An adapter over a world of its own, fresh for each test. */
export interface CloudUnderTest<Net, Rule> {
  readonly network: CloudNetwork<Net, Rule>;
  readonly model: NetworkModel<Net, Rule>;
  readonly seal: Seal;
  readonly world: World;
  /** Stands running behind at least one firewall object. */
  readonly vm: VmRef;
  /** To be locked; before, `insider` gets in and `guest` and `stranger` do not. */
  readonly port: Port;
  /** Never locked; `insider` gets in throughout. */
  readonly otherPort: Port;
  readonly insider: Address;
  /** Whom a grant lets in. */
  readonly guest: Address;
  readonly stranger: Address;
  /** Well formed, of the same cloud, and not there. */
  readonly missing: { readonly vm: VmRef; readonly object: ObjectId };
  /** Waits for the work while time goes by: on a virtual clock somebody has to let it. */
  readonly during: <T>(work: Promise<T>) => Promise<T>;
}
