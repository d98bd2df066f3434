import { readFile, rename, writeFile } from "node:fs/promises";

/** Changes a JSON file as somebody would who edits it: whoever reads it meanwhile sees the old one or the new one, never half of it. */
export async function editJson(file: string, edit: (json: unknown) => unknown): Promise<void> {
  const json: unknown = JSON.parse(await readFile(file, "utf8"));
  await writeFile(`${file}.new`, JSON.stringify(edit(json), undefined, 2));
  await rename(`${file}.new`, file);
}
