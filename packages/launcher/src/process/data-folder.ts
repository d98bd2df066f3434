import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";

import { scratchFolder } from "./scratch-folder.ts";

/** A folder that a server keeps its data in. */
export interface DataFolder {
  readonly path: string;
  /** False once `release` has removed it. */
  readonly exists: boolean;
  /** The server has ended for good: removes a scratch folder, leaves a given one. */
  readonly release: () => Promise<void>;
}

/** The given folder, made when missing and kept for ever; without one, a scratch folder that goes with `release` or with this process. */
export const openDataFolder = (given: string | undefined, name: string): DataFolder => {
  if (given !== undefined) {
    mkdirSync(given, { recursive: true });
    return { path: resolve(given), exists: true, release: async () => {} };
  }
  const path = scratchFolder(name);
  let exists = true;
  return {
    path,
    get exists() {
      return exists;
    },
    release: async () => {
      exists = false;
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
};
