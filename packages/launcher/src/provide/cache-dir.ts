import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

import { settingOf, type Environment } from "../environment.ts";

const isUsable = (folder: string): boolean => {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
};

/** Where the cache may be, the best first. */
export const cacheCandidates = (env: Environment, repository: string): readonly string[] => {
  const xdg = settingOf(env, "XDG_CACHE_HOME");
  const home = settingOf(env, "HOME");
  return [
    ...(xdg === undefined ? [] : [join(xdg, "sallyport")]),
    ...(home === undefined ? [] : [join(home, ".cache", "sallyport")]),
    join(repository, ".cache"),
  ];
};

const repository = resolve(import.meta.dirname, "../../../..");

/** The folder for all that is fetched or prepared once; made when missing, always outside of tracked files. */
export const cacheDirOf = (env: Environment): string => {
  const candidates = cacheCandidates(env, repository);
  const usable = candidates.find(isUsable);
  if (usable === undefined) throw new Error(`No folder for the cache can be written: ${candidates.join(", ")}.`);
  return usable;
};
