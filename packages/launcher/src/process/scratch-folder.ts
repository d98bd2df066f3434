import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { removeAfterDeath } from "./after-death.ts";

/** A new folder that goes with this process, however it goes. */
export const scratchFolder = (name = "scratch"): string => {
  const path = mkdtempSync(join(tmpdir(), `sallyport-${name}-`));
  removeAfterDeath(path);
  return path;
};
