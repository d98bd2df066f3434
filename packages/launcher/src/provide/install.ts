import type { Environment } from "../environment.ts";
import { lastLines, runCommand, type CommandResult } from "../run-command.ts";
import { choosePackages } from "./choose-packages.ts";
import { missingSoftwareMessage } from "./missing-software.ts";
import type { InstallPlan } from "./plan-install.ts";
import { software } from "./software.ts";

const failed = (what: string, { status, stdout, stderr }: CommandResult): string =>
  `${what} failed (status ${status ?? "unknown"}):\n${lastLines(`${stdout}\n${stderr}`)}`;

const installByApt = async (plan: Extract<InstallPlan, { kind: "apt" }>, env: Environment): Promise<void> => {
  const [first = "env", ...rest] = plan.prefix;
  const apt = (...args: string[]): Promise<CommandResult> =>
    runCommand(first, [...rest, "apt-get", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", ...args], {
      env,
    });

  const tryOnce = async (): Promise<string | undefined> => {
    const known = new Set<string>();
    for (const name of plan.missing.flatMap((what) => software[what].apt)) {
      const { status, stdout } = await runCommand("apt-cache", ["policy", name], { env });
      if (status === 0 && /Candidate: (?!\(none\))/.test(stdout)) known.add(name);
    }
    const { packages, unavailable } = choosePackages(plan.missing, (name) => known.has(name));
    if (unavailable.length > 0) {
      return missingSoftwareMessage(
        unavailable,
        "This distribution has no package of a known name, so please install:",
      );
    }
    const installed = await apt("install", "-y", "-q", "--no-install-recommends", ...packages);
    return installed.status === 0 ? undefined : failed(`apt-get install ${packages.join(" ")}`, installed);
  };

  if (plan.refresh) await apt("update", "-q");
  let problem = await tryOnce();
  if (problem !== undefined && !plan.refresh) {
    await apt("update", "-q"); // lists that only looked fresh, as in a container's image
    problem = await tryOnce();
  }
  if (problem !== undefined) throw new Error(problem);
};

/** Does what the plan says. Throws, naming what to install by hand, when it cannot. */
export const install = async (plan: InstallPlan, env: Environment): Promise<void> => {
  switch (plan.kind) {
    case "nothing":
      return;
    case "cannot":
      throw new Error(plan.message);
    case "apt":
      return installByApt(plan, env);
    case "brew": {
      const run = await runCommand("brew", ["install", ...plan.formulae], { env });
      if (run.status !== 0) throw new Error(failed(`brew install ${plan.formulae.join(" ")}`, run));
    }
  }
};
