import * as ec2 from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { HttpResponse } from "@smithy/protocol-http";
import type { HttpRequest } from "@smithy/protocol-http";
import { Readable } from "node:stream";
import { DEMO_ACCOUNT, demoAws } from "../world/aws/demo.ts";
import type { WireHandler, WireRequest } from "../wire.ts";
import { aCloud, ec2Client, serve, stsClient } from "./client.conformance.ts";

const keys = demoAws().accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const body = "Action=DescribeVpcs&Version=2016-11-15";

/** The SDK's transport, straight into the wire handler: how anyone uses the simulator without a socket. */
const inProcess = (wire: WireHandler) => ({
  handle: async ({ method, path, headers, body: form }: HttpRequest) => {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const answer = await wire({ method, url: path, headers: lower, body: String(form) });
    return {
      response: new HttpResponse({
        statusCode: answer.status,
        headers: answer.headers,
        body: Readable.from(answer.body),
      }),
    };
  },
});

/** One request as the SDK signs it. */
async function signed(): Promise<WireRequest> {
  let seen: WireRequest | undefined;
  const wire: WireHandler = async (request) => {
    seen = request;
    return { status: 200, headers: {}, body: "<DescribeVpcsResponse/>" };
  };
  const client = new ec2.EC2Client({
    endpoint: "http://127.0.0.1:1",
    credentials: keys,
    region: "eu-west-1",
    requestHandler: inProcess(wire),
  });
  await client.send(new ec2.DescribeVpcsCommand({}));
  if (seen === undefined) throw new Error("nothing was sent");
  return seen;
}

describe("signatures", () => {
  const { wire } = aCloud(demoAws()).cloud;

  it("are verified in process as over a socket", async () => {
    const client = new ec2.EC2Client({
      endpoint: "http://127.0.0.1:1",
      credentials: keys,
      region: "eu-west-1",
      requestHandler: inProcess(wire),
    });
    expect((await client.send(new ec2.DescribeVpcsCommand({}))).Vpcs).toHaveLength(2);
  });

  it("are refused when anything that they cover was changed", async () => {
    const request = await signed();
    const statusOf = async (changed: WireRequest) => (await wire(changed)).status;
    expect(await statusOf(request)).toBe(200);
    expect(await statusOf({ ...request, body: `${request.body}&DryRun=true` })).toBe(401);
    expect(await statusOf({ ...request, url: "/other" })).toBe(401);
    expect(await statusOf({ ...request, method: "PUT" })).toBe(401);
    expect(await statusOf({ ...request, headers: { ...request.headers, host: "other" } })).toBe(401);
    const authorization = (request.headers["authorization"] ?? "").replace("eu-west-1", "us-east-1");
    expect(await statusOf({ ...request, headers: { ...request.headers, authorization } })).toBe(401);
  });

  it.each([-301_000, 301_000])("are refused when the signer's clock is %i ms off", async (ms) => {
    const request = await signed();
    const [, ...parts] = /^(....)(..)(..T..)(..)(.*)$/.exec(request.headers["x-amz-date"] ?? "") ?? [];
    const [year, month, hour, minute, second] = parts;
    const signedAt = Date.parse(`${year}-${month}-${hour}:${minute}:${second}`);
    const off = aCloud(demoAws(), { signersNow: () => signedAt + ms });
    const answer = await off.cloud.wire(request);
    expect([answer.status, /<Code>(\w+)</.exec(answer.body)?.[1]]).toEqual([400, "RequestExpired"]);
    const near = aCloud(demoAws(), { signersNow: () => signedAt + Math.sign(ms) * 299_000 });
    expect((await near.cloud.wire(request)).status).toBe(200);
  });

  it("of an unknown key and by a wrong secret are refused alike, so that nobody learns which keys exist", async () => {
    const server = await serve(wire);
    const wrongSecret = ec2Client(server.url, { ...keys, secretAccessKey: "guess" });
    const unknownKey = ec2Client(server.url, { ...keys, accessKeyId: "AKIA0000000000000000" });
    for (const client of [wrongSecret, unknownKey]) {
      await expect(client.send(new ec2.DescribeVpcsCommand({}))).rejects.toMatchObject({
        name: "AuthFailure",
        message: "AWS was not able to validate the provided access credentials",
        $metadata: { httpStatusCode: 401 },
      });
      client.destroy();
    }
    const sts = stsClient(server.url, { ...keys, secretAccessKey: "guess" });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: "SignatureDoesNotMatch" });
    sts.destroy();
    await server.close();
  });

  it("are asked for", async () => {
    const answer = await wire({ method: "POST", url: "/", headers: FORM, body });
    expect([answer.status, /<Code>(\w+)</.exec(answer.body)?.[1]]).toEqual([403, "MissingAuthenticationToken"]);
    const odd = await wire({ method: "POST", url: "/", headers: { ...FORM, authorization: "Bearer x" }, body });
    expect(/<Code>(\w+)</.exec(odd.body)?.[1]).toBe("IncompleteSignature");
  });

  it("are all taken without authentication, and still say the region; without one it is the first account's first", async () => {
    const open = aCloud(demoAws(), { auth: false }).cloud.wire;
    expect((await open({ method: "POST", url: "/", headers: FORM, body })).body).toContain("172.31.0.0/16");
    const scope = "Credential=AKIAANY/20260101/us-east-1/ec2/aws4_request";
    const authorization = `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}`;
    const there = await open({ method: "POST", url: "/", headers: { ...FORM, authorization }, body });
    expect(there.body).toContain("10.40.0.0/16");
    const who = await open({
      method: "POST",
      url: "/",
      headers: FORM,
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    expect(who.body).toContain(`<Account>${DEMO_ACCOUNT}</Account>`);
  });
});
