// `npm run reference`: writes the generated pages of docs/reference.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { referenceFiles } from "./reference-files.ts";

const root = new URL("..", import.meta.url).pathname;
for (const [path, text] of Object.entries(referenceFiles())) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  process.stderr.write(`${path}\n`);
}
