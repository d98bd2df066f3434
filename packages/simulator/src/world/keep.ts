import { open, mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

/** A few named texts that outlive the process: the world, keys, certificates. */
export interface Keep {
  readonly read: (name: string) => Promise<string | undefined>;
  /** Resolves when the text would survive the loss of power; a reader sees the old text or the new one, never a part. */
  readonly write: (name: string, text: string) => Promise<void>;
  /** Where the text lies, for those who read it themselves; `undefined` when it lies nowhere. */
  readonly pathOf: (name: string) => string | undefined;
}

export function createFolderKeep(folder: string): Keep {
  return {
    read: async (name) => {
      try {
        return await readFile(join(folder, name), "utf8");
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    write: async (name, text) => {
      await mkdir(folder, { recursive: true });
      const path = join(folder, name);
      // Keys lie here, too: nobody else may read it.
      const file = await open(`${path}.new`, "w", 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
      const directory = await open(folder, "r");
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    },
    pathOf: (name) => join(folder, name),
  };
}

const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";

/** For simulation: what it keeps goes with the process. */
export function createMemoryKeep(): Keep {
  const texts = new Map<string, string>();
  return {
    read: (name) => Promise.resolve(texts.get(name)),
    write: (name, text) => {
      texts.set(name, text);
      return Promise.resolve();
    },
    pathOf: () => undefined,
  };
}
