import type { Cloud, Seconds } from "@sallyport/contracts";

/** What differs between clouds, by name, each with what it means when a cloud does not say otherwise. */
export interface Capabilities {
  readonly cloud: Cloud;
  /** How long a write usually takes until it is in force; the announced opening and closing time. */
  readonly usualWriteTime: Seconds;
  /** How many changes of different objects may be under way at once. Default 16. */
  readonly parallelWrites: number;
}
