import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Instant } from "@sallyport/contracts";
import { createSimulator } from "../simulator.ts";
import { DEMO_ACCOUNT, DEMO_PREFIX_LIST, demoAws } from "../world/aws/demo.ts";
import { createStandingClock } from "../world/standing-clock.ts";
import { isAwsExport } from "./exported-aws.ts";
import { loadWorld } from "./worlds.ts";

const OUTSIDE = "203.0.113.77";
const regions = demoAws().accounts[0]?.regions ?? {};
const answers = (region: string): Readonly<Record<string, object>> => Object(regions[region]);

describe("an estate exported with the AWS command line", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "aws-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (files: Readonly<Record<string, unknown>>) => {
    for (const [name, json] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), JSON.stringify(json));
    }
  };
  const world = async (path: string) => {
    const documents = await loadWorld(path);
    const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
    const simulator = await createSimulator({ world: documents, clock, auth: false });
    const reach = (vm: string, port: number, source = OUTSIDE) => {
      const answer = simulator.control.reachable({ vm, port, source });
      return "verdict" in answer ? answer.verdict : answer.misunderstood;
    };
    return { documents, reach };
  };
  const plain = (region: string, prefix = "") =>
    Object.fromEntries(Object.entries(answers(region)).map(([call, answer]) => [`${prefix}${call}.json`, answer]));

  it("is a world: a folder of what each describe command printed", async () => {
    await write(plain("eu-west-1"));
    const { documents, reach } = await world(folder);
    expect(documents.aws.accounts.map(({ accountId, regions: held }) => [accountId, Object.keys(held)])).toEqual([
      [DEMO_ACCOUNT, ["eu-west-1"]],
    ]);
    expect([reach("ec2-bastion", 22), reach("ec2-web-01", 22)]).toEqual(["allowed", "denied"]);
  });

  it("is a world as one file with all answers in it, side by side or under the names of their calls", async () => {
    const all = answers("eu-west-1");
    await write({ "calls.json": all, "flat.json": Object.assign({}, ...Object.values(all)) });
    for (const name of ["calls.json", "flat.json"])
      expect((await world(join(folder, name))).reach("ec2-bastion", 22)).toBe("allowed");
  });

  it("may hold several regions, told apart by folders or by what the answers show", async () => {
    const { "a-DescribeManagedPrefixLists.json": lists, ...others } = plain("eu-west-1", "a-");
    await write({ ...others, "eu-west-1/lists.json": lists, ...plain("us-east-1", "us-east-1/") });
    const { documents, reach } = await world(folder);
    expect(Object.keys(documents.aws.accounts[0]?.regions ?? {}).toSorted()).toEqual(["eu-west-1", "us-east-1"]);
    expect([reach("ec2-bastion", 22), reach("ec2-us-batch", 22)]).toEqual(["allowed", "allowed"]);
  });

  it("may hold several accounts, each with a key of its own", async () => {
    await write({ ...plain("eu-west-1", `${DEMO_ACCOUNT}/`), "111122223333/eu-west-1/vpcs.json": { Vpcs: [] } });
    const { accounts } = (await world(folder)).documents.aws;
    expect(accounts.map(({ accountId }) => accountId).toSorted()).toEqual(["111122223333", DEMO_ACCOUNT]);
    expect(new Set(accounts.map(({ accessKeys }) => accessKeys[0]?.accessKeyId)).size).toBe(2);
  });

  it("may come in pages, and with the entries of a prefix list in a file named after it", async () => {
    const {
      DescribeInstances: instances,
      DescribeManagedPrefixLists: _lists,
      ...others
    } = Object(regions["eu-west-1"]);
    const { Reservations } = instances;
    await write({
      "instances-1.json": { Reservations: Reservations.slice(0, 3), NextToken: "more" },
      "instances-2.json": { Reservations: Reservations.slice(3) },
      "lists.json": { PrefixLists: [{ PrefixListId: DEMO_PREFIX_LIST, MaxEntries: 5 }] },
      [`${DEMO_PREFIX_LIST}.json`]: { Entries: [{ Cidr: "192.0.2.128/25" }] },
      "rest.json": others,
    });
    const { reach } = await world(folder);
    expect([reach("ec2-bastion", 22), reach("ec2-legacy", 22)]).toEqual(["allowed", "allowed"]);
    expect([reach("ec2-partner", 22, "192.0.2.200"), reach("ec2-partner", 22, OUTSIDE)]).toEqual(["allowed", "denied"]);
  });

  it("is refused by the name of a file that cannot be placed, or is something else", async () => {
    await write({ "vpcs.json": { Vpcs: [] } });
    await expect(loadWorld(folder)).rejects.toThrow(/vpcs\.json: shows no account/);
    await write({ "eu-west-1/images.json": { Images: [] } });
    await expect(loadWorld(folder)).rejects.toThrow(/images\.json: not what aws ec2 describe/);
    expect([isAwsExport({ azure: {}, aws: {} }), isAwsExport({ Vpcs: [] })]).toEqual([false, true]);
  });
});
