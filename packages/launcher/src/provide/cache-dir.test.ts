import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { cacheCandidates, cacheDirOf } from "./cache-dir.ts";
import { scratchFolder } from "../process/scratch-folder.ts";

describe("the cache folder", () => {
  it.each([
    [{ XDG_CACHE_HOME: "/x", HOME: "/h" }, "/x/sallyport"],
    [{ XDG_CACHE_HOME: "", HOME: "/h" }, "/h/.cache/sallyport"],
    [{ HOME: "" }, "/repo/.cache"],
    [{}, "/repo/.cache"],
  ])("of %j is %s", (env, folder) => {
    expect(cacheCandidates(env, "/repo")[0]).toBe(folder);
  });

  it("is made in an empty home", async () => {
    const home = scratchFolder();
    expect(cacheDirOf({ HOME: home })).toBe(join(home, ".cache/sallyport"));
  });

  it("is in the repository, untracked, when the home cannot be written", async () => {
    const folder = scratchFolder();
    const file = join(folder, "not-a-folder");
    await writeFile(file, "");
    expect(cacheDirOf({ HOME: file })).toBe(join(import.meta.dirname, "../../../../.cache"));
  });
});
