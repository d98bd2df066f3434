import { readFileSync } from "node:fs";
import { demoWorld, emptyWorld } from "@sallyport/simulator";
import type { WorldDocumentsInput } from "@sallyport/simulator";
import { UsageError } from "./options.ts";

/** `demo`, `empty`, or a file in the form that docs/simulator.md describes: the clouds' own JSON. */
export function readWorld(name: string): WorldDocumentsInput {
  if (name === "demo") return demoWorld();
  if (name === "empty") return emptyWorld();
  try {
    return JSON.parse(readFileSync(name, "utf8")) as WorldDocumentsInput;
  } catch (error) {
    throw new UsageError(`--world expects demo, empty or a world file: ${error instanceof Error ? error.message : String(error)}`);
  }
}
