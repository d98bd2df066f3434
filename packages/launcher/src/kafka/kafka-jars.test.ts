import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { jarsAtHand } from "./kafka-jars.ts";
import { scratchFolder } from "../process/scratch-folder.ts";

describe("the broker's jars", () => {
  const folderWith = async (...files: string[]): Promise<string> => {
    const folder = scratchFolder();
    for (const file of files) {
      await mkdir(join(folder, file, ".."), { recursive: true });
      await writeFile(join(folder, file), "");
    }
    return folder;
  };

  it("are those of KAFKA_HOME, when it is set, and only the jars", async () => {
    const home = await folderWith("libs/kafka.jar", "libs/kafka.jar.asc");
    const cache = await folderWith("kafka-4.4.0/libs/other.jar");
    expect(await jarsAtHand(cache, { KAFKA_HOME: home })).toEqual([join(home, "libs/kafka.jar")]);
  });

  it("are those fetched before, otherwise", async () => {
    const cache = await folderWith("kafka-4.4.0/libs/other.jar");
    expect(await jarsAtHand(cache, {})).toEqual([join(cache, "kafka-4.4.0/libs/other.jar")]);
    expect(await jarsAtHand(await folderWith(), {})).toEqual([]);
  });

  it("a KAFKA_HOME without any is an error that names it", async () => {
    const home = await folderWith();
    await expect(jarsAtHand(home, { KAFKA_HOME: home })).rejects.toThrow(`KAFKA_HOME is ${home}`);
  });
});
