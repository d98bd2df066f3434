import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as ec2 from "@aws-sdk/client-ec2";
import { demoAws } from "../world/aws/demo.ts";
import { aCloud, ec2Client, serve } from "./client.conformance.ts";

type Json = Readonly<Record<string, unknown>>;
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isJson) : []);

/** Times as the command line prints them, which is how a world holds them. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isJson(value)) return value;
  if (value["__class__"] === "datetime") {
    const [year = 0, month = 1, ...rest] = ["year", "month", "day", "hour", "minute", "second"].map((part) =>
      Number(value[part] ?? 0),
    );
    const [day, hour, minute, second] = rest;
    return new Date(Date.UTC(year, month - 1, day, hour, minute, second)).toISOString();
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** As answered by the SDK, with times as text. */
const read = (answer: unknown): unknown => JSON.parse(JSON.stringify(answer));

// What real EC2 answered to others, as boto3 read it (test/data/aws-README.md).
const recorded: readonly { readonly operation: string; readonly data: Json }[] = gunzipSync(
  readFileSync(join(process.cwd(), "test/data/aws-ec2-recordings.jsonl.gz")),
)
  .toString("utf8")
  .split("\n")
  .flatMap((line) => {
    const parsed: unknown = line === "" ? undefined : JSON.parse(line);
    if (!isJson(parsed) || !isJson(parsed["recording"]) || parsed["recording"]["status_code"] !== 200) return [];
    const data = plain(parsed["recording"]["data"]);
    return isJson(data) ? [{ operation: String(parsed["operation"]).replace(/^.*ec2\./, ""), data }] : [];
  });

const answersTo = (operation: string): readonly Json[] =>
  recorded.flatMap((one) => (one.operation === operation ? [one.data] : []));
const instancesIn = (answer: Json): readonly Json[] =>
  listOf(answer["Reservations"]).flatMap(({ Instances }) => listOf(Instances));

const interfacesOf = (instance: Json): readonly unknown[] =>
  listOf(instance["NetworkInterfaces"]).map(({ NetworkInterfaceId }) => NetworkInterfaceId);

/** Every path to a value, lists being one step. */
function paths(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item: unknown) => paths(item, `${path}[]`)))];
  if (!isJson(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => [`${path}.${name}`, ...paths(inner, `${path}.${name}`)]);
}

describe("answers that real EC2 gave, loaded as a world and asked for again through the SDK", () => {
  async function asked<T>(region: Json, ask: (client: ec2.EC2Client) => Promise<T>): Promise<T> {
    const [account] = demoAws().accounts;
    if (account === undefined) throw new Error("the demonstration has an AWS account");
    const server = await serve(aCloud({ accounts: [{ ...account, regions: { "eu-west-1": region } }] }).cloud.wire);
    const client = ec2Client(server.url, account.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" });
    try {
      return await ask(client);
    } finally {
      client.destroy();
      await server.close();
    }
  }

  it("show every instance with everything that it had", async () => {
    let count = 0;
    let shared = 0;
    for (const data of answersTo("DescribeInstances")) {
      const { Reservations = [] } = await asked({ DescribeInstances: data }, (client) =>
        client.send(new ec2.DescribeInstancesCommand({})),
      );
      const shown = new Map(instancesIn({ Reservations: read(Reservations) }).map((one) => [one["InstanceId"], one]));
      // One recording holds an instance twice, before and after its tags changed: a world has one state.
      const given = [...new Map(instancesIn(data).map((each) => [each["InstanceId"], each])).values()];
      for (const one of given) {
        count += 1;
        const { NetworkInterfaces: _seen, SecurityGroups: _groups, ...own }: Json = one;
        // Where the recorder gave two instances the same interface, one of them has it here.
        const isWhole = interfacesOf(one).every(
          (id) => !given.some((each) => each !== one && interfacesOf(each).includes(id)),
        );
        if (!isWhole) shared += 1;
        const wanted = paths(isWhole ? one : own);
        expect(wanted.filter((path) => !paths(shown.get(one["InstanceId"])).includes(path))).toEqual([]);
        // Addresses are read off the interfaces; a recorder that changed them at one place did not at the other.
        const { PrivateIpAddress: _private, PublicIpAddress: _public, ...rest } = own;
        expect(shown.get(one["InstanceId"])).toMatchObject(rest);
      }
    }
    expect([count > 200, shared < 10]).toEqual([true, true]);
  });

  it("show every interface with everything that it had", async () => {
    let count = 0;
    for (const data of answersTo("DescribeNetworkInterfaces")) {
      const { NetworkInterfaces = [] } = await asked({ DescribeNetworkInterfaces: data }, (client) =>
        client.send(new ec2.DescribeNetworkInterfacesCommand({})),
      );
      const shown = new Map(listOf(read(NetworkInterfaces)).map((one) => [one["NetworkInterfaceId"], one]));
      for (const one of listOf(data["NetworkInterfaces"])) {
        count += 1;
        expect(shown.get(one["NetworkInterfaceId"])).toMatchObject(one);
      }
    }
    expect(count).toBeGreaterThan(90);
  });
});

describe("the demonstration's answers", () => {
  /** What every one of these has. */
  function always(items: readonly Json[]): readonly string[] {
    const seen = items.map((item) => new Set(paths(item)));
    return [...(seen[0] ?? [])].filter((path) => seen.every((one) => one.has(path)));
  }

  it("have every member that all recorded instances and interfaces of the last years have", async () => {
    const server = await serve(aCloud(demoAws()).cloud.wire);
    const client = ec2Client(
      server.url,
      demoAws().accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" },
    );
    const { Reservations = [] } = await client.send(new ec2.DescribeInstancesCommand({}));
    const { NetworkInterfaces = [] } = await client.send(new ec2.DescribeNetworkInterfacesCommand({}));
    client.destroy();
    await server.close();
    const recent = answersTo("DescribeInstances")
      .flatMap(instancesIn)
      .filter((one) => "PlatformDetails" in one && isJson(one["State"]) && one["State"]["Name"] === "running");
    const machines = instancesIn({ Reservations: read(Reservations) });
    expect(recent.length).toBeGreaterThan(10);
    const inDemo = new Set(machines.flatMap((one) => paths(one)));
    expect(always(recent).filter((path) => !inDemo.has(path))).toEqual([]);
    const interfaces = answersTo("DescribeNetworkInterfaces").flatMap((data) => listOf(data["NetworkInterfaces"]));
    const whole = interfaces.filter((one) => "MacAddress" in one);
    const shown = new Set(listOf(read(NetworkInterfaces)).flatMap((one) => paths(one)));
    expect(always(whole).filter((path) => !shown.has(path))).toEqual([]);
  });
});
