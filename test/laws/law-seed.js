import { execFileSync } from "node:child_process";

/**
 * The seed of all laws of one run: made from what is committed, so that the same commit draws the same cases wherever it is tested,
 * and another commit draws others. `LAW_SEED` names one, to see a failure again; where there is no repository, chance decides.
 *
 * @returns {string}
 */
export function lawSeed(environment = process.env) {
  const given = environment["LAW_SEED"];
  if (given !== undefined && given !== "") return given;
  try {
    const tree = execFileSync("git", ["rev-parse", "HEAD^{tree}"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return String(Number.parseInt(tree.slice(0, 8), 16) | 0);
  } catch {
    return String((Math.random() * 2 ** 32) | 0);
  }
}
