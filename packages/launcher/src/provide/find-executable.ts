import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";

const isExecutable = async (file: string): Promise<boolean> => {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
};

/** The first executable file of one of these names, names before folders, in the folders of a PATH. */
export const findExecutable = async (
  names: readonly string[],
  path: string | undefined,
): Promise<string | undefined> => {
  for (const name of names) {
    for (const folder of (path ?? "").split(delimiter)) {
      const file = join(folder, name);
      if (folder !== "" && (await isExecutable(file))) return file;
    }
  }
  return undefined;
};
