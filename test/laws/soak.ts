// `npm run soak [-- rounds]`: every law with eight times its usual cases, and with other cases in each round, until one fails.
import { execFileSync, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";

const root = new URL("../..", import.meta.url).pathname;
process.chdir(root);
const rounds = Number(process.argv[2] ?? "3");
const files = execFileSync("git", ["grep", "-l", 'from "fast-check"', "--", "*.test.ts"], { encoding: "utf8" })
  .trim()
  .split("\n");

for (let round = 1; round <= rounds; round += 1) {
  const seed = String(randomInt(2 ** 31));
  process.stderr.write(`soak: round ${round} of ${rounds}, ${files.length} files, LAW_SEED=${seed} LAW_EFFORT=8\n`);
  const env = { ...process.env, LAW_SEED: seed, LAW_EFFORT: "8" };
  const jest = [`${root}node_modules/jest/bin/jest.js`, "--testTimeout=600000", ...files];
  const { status } = spawnSync(process.execPath, jest, { stdio: "inherit", env });
  if (status !== 0) {
    process.stderr.write(`soak: again with LAW_SEED=${seed} LAW_EFFORT=8 npx jest <the file that failed>\n`);
    process.exitCode = 1;
    break;
  }
}
