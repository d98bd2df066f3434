import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { findExecutable } from "./find-executable.ts";
import { findJava, javaRelease } from "./find-java.ts";
import { scratchFolder } from "../process/scratch-folder.ts";

const folderWithJava = async (version: string): Promise<string> => {
  const home = scratchFolder();
  await mkdir(join(home, "bin"));
  const file = join(home, "bin", "java");
  await writeFile(file, `#!/bin/sh\necho 'openjdk version "${version}" 2026-01-20' >&2\n`);
  await chmod(file, 0o755);
  return home;
};

describe("finding a Java", () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "25" 2025-09-16', 25],
    ['java version "1.8.0_392"', 8],
    ['openjdk version "11.0.21" 2023-10-17', 11],
    ["The operation couldn’t be completed. Unable to locate a Java Runtime.", undefined],
  ])("reads %s as release %s", (output, release) => {
    expect(javaRelease(output)).toBe(release);
  });

  it("takes JAVA_HOME before the PATH", async () => {
    const [home, other] = [await folderWithJava("21.0.1"), await folderWithJava("17.0.1")];
    const found = await findJava({ JAVA_HOME: home, PATH: join(other, "bin") });
    expect(found?.command).toBe(join(home, "bin/java"));
  });

  it("passes over one that is too old", async () => {
    const [old, good] = [await folderWithJava("11.0.2"), await folderWithJava("17.0.1")];
    const found = await findJava({ JAVA_HOME: old, PATH: [join(old, "bin"), join(good, "bin")].join(":") });
    expect(found?.command).toBe(join(good, "bin/java"));
  });
});

describe("finding an executable", () => {
  it("prefers the first name wherever it is, and takes no file that cannot be executed", async () => {
    const folder = scratchFolder();
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    for (const [place, name, mode] of [
      [one, "valkey-server", 0o755],
      [one, "redis-server", 0o644],
      [two, "redis-server", 0o755],
    ] as const) {
      await mkdir(place, { recursive: true });
      await writeFile(join(place, name), "");
      await chmod(join(place, name), mode);
    }
    expect(await findExecutable(["redis-server", "valkey-server"], `${one}:${two}`)).toBe(join(two, "redis-server"));
    expect(await findExecutable(["redis-server", "valkey-server"], one)).toBe(join(one, "valkey-server"));
    expect(await findExecutable(["redis-server"], undefined)).toBeUndefined();
  });
});
