import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./cluster/build.ts";
import { tellApprovalStory } from "./demo/approval-story.ts";
import { tellGrantStory } from "./demo/grant-story.ts";
import type { Hero } from "./demo/grant-story.ts";
import { createHttpClient } from "./demo/http-client.ts";
import type { Say, Step } from "./demo/step.ts";
import { editJson } from "./demo/edit-json.ts";
import { tellWhoMayStory } from "./demo/who-may-story.ts";
import { createWorldControl } from "./demo/world-control.ts";
import { withReaderRequesting } from "./demo-roles.ts";
import { readOptions } from "./options.ts";
import { startEmbedded } from "./start-embedded.ts";
import type { Ready } from "./ready.ts";

const heroes: readonly Hero[] = [
  {
    cloud: "azure",
    vm: "vm-jump-01",
    about: "an Azure VM with an NSG on its interface and one on its subnet",
    exposed: true,
    session: "kept",
  },
  {
    cloud: "azure",
    vm: "vm-walled-01",
    about: "an Azure VM behind an Azure Firewall with classic rules",
    exposed: false,
    session: "cut",
  },
  {
    cloud: "aws",
    vm: "ec2-bastion",
    about: "an EC2 instance with two security groups",
    exposed: true,
    session: "kept",
  },
  {
    cloud: "aws",
    vm: "ec2-build-01",
    about: "an EC2 instance whose security group ec2-build-02 is in, too",
    exposed: true,
    session: "kept",
    sharesWith: "ec2-build-02",
  },
];

/**
 * `npm run demo`: the life of one grant on each cloud, one that two people have to agree to, and one that is refused until a role is
 * assigned; exit status 0 only if all of it came true.
 */
export async function demo(args: readonly string[]): Promise<void> {
  const options = readOptions(args, {
    json: { type: "boolean", default: false },
    cluster: { type: "boolean", default: false },
  });
  const folder = mkdtempSync(join(tmpdir(), "sallyport-demo-"));
  const say = options.json ? sayJson : sayStory;
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    if (options.cluster) await build(progress);
    const system = options.cluster
      ? await (await import("./start-cluster.ts")).startCluster({ dataDir: folder, port: 0, say: progress })
      : await startEmbedded({ dataDir: folder, port: 0, armPort: 0, ec2Port: 0, world: "demo", logLevel: "error" });
    try {
      const steps = await tellAll(system.ready, join(folder, "roles.json"), say);
      const failed = steps.filter(({ ok }) => !ok).length;
      const summary = { passed: steps.length - failed, failed };
      console.log(
        options.json
          ? JSON.stringify({ summary })
          : `\n${failed === 0 ? "All of it came true" : "NOT all of it came true"}: ${summary.passed} passed, ${summary.failed} failed.`,
      );
      process.exitCode = failed === 0 ? 0 : 1;
    } finally {
      await system.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tellAll(
  { url, tokens, approvers, simulator }: Ready,
  roleFile: string,
  say: Say,
): Promise<readonly Step[]> {
  const clients = {
    administrator: createHttpClient(url, tokens.administrator),
    requester: createHttpClient(url, tokens.requester),
    world: createWorldControl(simulator.ec2.url),
  };
  // All lives are lived at once, and told one after the other.
  let told: Promise<unknown> = Promise.resolve();
  const live = (tell: (say: Say) => Promise<readonly Step[]>) => {
    const after = told;
    const life = tell((step, story) => void after.then(() => say(step, story)));
    told = Promise.allSettled([after, life]);
    return life;
  };
  const approver = createHttpClient(url, tokens.approver);
  const reader = createHttpClient(url, tokens.reader);
  const assignRole = () =>
    editJson(roleFile, (json) => withReaderRequesting(json, simulator.arm.subscriptionIds[0] ?? ""));
  const lives = [
    ...heroes.map((hero) => live((sayAfter) => tellGrantStory({ ...clients, say: sayAfter }, hero))),
    live((sayAfter) => tellWhoMayStory({ ...clients, reader, assignRole, say: sayAfter })),
    live((sayAfter) => tellApprovalStory({ ...clients, approver, approvers, say: sayAfter })),
  ];
  const steps = await Promise.all(lives);
  await told;
  return steps.flat();
}

const sayJson: Say = (step) => console.log(JSON.stringify(step));
const sayStory: Say = ({ cloud, ok, observed }, story) => {
  console.log(`${ok ? "✓" : "✗"} [${cloud}] ${story}`);
  const facts = Object.entries(observed).filter(([, value]) => value !== undefined);
  console.log(
    `      ${facts.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(" · ")}`,
  );
};
