import { EC2Client } from "@aws-sdk/client-ec2";
import { STSClient } from "@aws-sdk/client-sts";
import { HttpRequest } from "@smithy/protocol-http";
import { DEMO_ACCOUNT, DEMO_VPCS, demoAws } from "../world/aws/demo.ts";
import { demoId } from "../world/aws/demo-networks.ts";
import { aCloud } from "./client.conformance.ts";

const [account] = demoAws().accounts;
const keys = account?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };

const codeOf = (body: string) => /<Code>([\w.]+)</.exec(body)?.[1];
const messageOf = (body: string) => /<Message>([^<]+)</.exec(body)?.[1];

describe("the form of a call", () => {
  const { wire } = aCloud(demoAws(), { auth: false }).cloud;
  const ask = (form: Readonly<Record<string, string>>) =>
    wire({
      method: "POST",
      url: "/",
      headers: FORM,
      body: new URLSearchParams({ Version: "2016-11-15", ...form }).toString(),
    });

  it("may be in the body, in the URL, or in both", async () => {
    const version = "Version=2016-11-15";
    const calls = [
      { method: "POST", url: "/", body: `Action=DescribeVpcs&${version}` },
      { method: "POST", url: `/?Action=DescribeVpcs&${version}`, body: "" },
      { method: "POST", url: "/?Action=DescribeVpcs", body: version },
      { method: "GET", url: `/?Action=DescribeVpcs&${version}`, body: "" },
    ];
    for (const call of calls) expect((await wire({ headers: FORM, ...call })).body).toContain(DEMO_VPCS.made);
  });

  it.each([
    [
      { Action: "DescribeVpcs", "Filters.1.Name": "vpc-id" },
      "UnknownParameter",
      "The parameter Filters.1.Name is not recognized",
    ],
    [{ Action: "DescribeVpcs", VpcId: "vpc-1" }, undefined, undefined],
    [{ Action: "DescribeVpcs", Filter: "" }, undefined, undefined],
    [
      { Action: "CreateTags", "ResourceId.1": DEMO_VPCS.made },
      "MissingParameter",
      "The request must contain the parameter Tag",
    ],
    [
      { Action: "CreateSecurityGroup", GroupName: "g", GroupDescription: "" },
      "MissingParameter",
      "The request must contain the parameter GroupDescription",
    ],
    [
      { Action: "ModifyInstanceAttribute", InstanceId: demoId("i", 1), "InstanceType.Value": "t3.large" },
      "UnsupportedOperation",
      "The parameter InstanceType.Value is not simulated",
    ],
    [{ Action: "describevpcs" }, "InvalidAction", "The action describevpcs is not valid for this web service."],
    [{ Action: "DescribeImages" }, "InvalidAction", "The action DescribeImages is not valid for this web service."],
    [{}, "MissingParameter", "The request must contain the parameter Action"],
    [
      { Action: "DescribeVpcs", Version: "2012-01-01" },
      "NoSuchVersion",
      "The requested version (2012-01-01) is not valid",
    ],
  ])("of %j is judged: %s", async (form, code, message) => {
    const { status, body } = await ask(form);
    expect([status, codeOf(body), messageOf(body)]).toEqual([code === undefined ? 200 : 400, code, message]);
  });
});

describe("rules of a call", () => {
  const { wire } = aCloud(demoAws(), { auth: false }).cloud;
  const authorize = async (permission: Readonly<Record<string, string>>, GroupId = demoId("sg", 4)) => {
    const named = Object.entries(permission).map(([name, value]) => [`IpPermissions.1.${name}`, value]);
    const form = {
      Action: "AuthorizeSecurityGroupIngress",
      Version: "2016-11-15",
      GroupId,
      ...Object.fromEntries(named),
    };
    return wire({ method: "POST", url: "/", headers: FORM, body: new URLSearchParams(form).toString() });
  };
  const from = { "IpRanges.1.CidrIp": "198.51.100.0/24" };

  it.each([
    [{ IpProtocol: "icmp", ...from }, "InvalidParameterValue"],
    [{ IpProtocol: "icmp", FromPort: "-1", ToPort: "3", ...from }, "InvalidParameterValue"],
    [{ IpProtocol: "icmp", FromPort: "8", ToPort: "-1", ...from }, undefined],
    [{ IpProtocol: "icmpv6", "Ipv6Ranges.1.CidrIpv6": "2001:db8::/32" }, undefined],
    [{ IpProtocol: "58", FromPort: "128", ToPort: "0", "Ipv6Ranges.1.CidrIpv6": "2001:db8::/32" }, undefined],
    [{ IpProtocol: "50", FromPort: "1", ToPort: "2", ...from }, undefined],
    [{ IpProtocol: "256", ...from }, "InvalidParameterValue"],
    [{ IpProtocol: "esp", ...from }, "InvalidParameterValue"],
    [{ IpProtocol: "tcp", FromPort: "22", ...from }, "InvalidParameterValue"],
    [{ IpProtocol: "tcp", FromPort: "0", ToPort: "65536", ...from }, "InvalidParameterValue"],
    [{ IpProtocol: "tcp", FromPort: "1", ToPort: "1", "IpRanges.1.CidrIp": "::/0" }, "InvalidParameterValue"],
    [{ IpProtocol: "tcp", FromPort: "1", ToPort: "1", "IpRanges.1.CidrIp": "198.51.100.7" }, "InvalidParameterValue"],
    [{ IpProtocol: "tcp", FromPort: "1", ToPort: "1", "Ipv6Ranges.1.CidrIpv6": "2001:DB8::5a11/120" }, undefined],
    [
      { IpProtocol: "tcp", FromPort: "1", ToPort: "1", "PrefixListIds.1.PrefixListId": "pl-00000000000000000" },
      "InvalidPrefixListID.NotFound",
    ],
    [
      {
        IpProtocol: "tcp",
        FromPort: "2",
        ToPort: "2",
        "IpRanges.1.CidrIp": "10.0.0.1/8",
        "IpRanges.2.CidrIp": "10.0.0.2/8",
        "IpRanges.2.Description": "again",
      },
      "InvalidParameterValue",
    ],
  ])("%j: %s", async (permission, code) => {
    const { status, body } = await authorize(permission);
    expect([status, codeOf(body)]).toEqual([code === undefined ? 200 : 400, code]);
  });

  it("are named in a refused duplicate as EC2 names them: a protocol without a name by its number", async () => {
    const group = demoId("sg", 3);
    for (const [permission, name] of [
      [{ IpProtocol: "50", ...from }, "protocol: 50"],
      [{ IpProtocol: "-1", ...from }, "ALL"],
      [{ IpProtocol: "1", FromPort: "-1", ToPort: "-1", ...from }, "ICMP, type: ALL, code: ALL"],
    ] as const) {
      await authorize(permission, group);
      const { body } = await authorize(permission, group);
      expect(messageOf(body)).toBe(`the specified rule &#34;peer: 198.51.100.0/24, ${name}, ALLOW&#34; already exists`);
    }
  });

  it("in the oldest form are everything that a named group sends, or one range", async () => {
    const flat = async (more: Readonly<Record<string, string>>) => {
      const form = {
        Action: "AuthorizeSecurityGroupIngress",
        Version: "2016-11-15",
        GroupId: demoId("sg", 12),
        ...more,
      };
      const { body } = await wire({
        method: "POST",
        url: "/",
        headers: FORM,
        body: new URLSearchParams(form).toString(),
      });
      return codeOf(body) ?? [...body.matchAll(/<ipProtocol>([^<]+)/g)].map(([, protocol]) => protocol);
    };
    expect(await flat({ SourceSecurityGroupName: "wide-open" })).toEqual(["tcp", "udp", "icmp"]);
    expect(await flat({ SourceSecurityGroupName: "nobody" })).toBe("InvalidGroup.NotFound");
    expect(await flat({ IpProtocol: "tcp", FromPort: "7", ToPort: "7", CidrIp: "198.51.100.0/24" })).toEqual(["tcp"]);
  });
});

describe("presigned URLs", () => {
  const call = { Action: "GetCallerIdentity", Version: "2011-06-15" };

  /** As the SDK signs one: 60 seconds from now. */
  async function presign(client: EC2Client | STSClient, query: Readonly<Record<string, string>>): Promise<string> {
    const signer: unknown = await client.config.signer();
    if (typeof signer !== "object" || signer === null || !("presign" in signer) || typeof signer.presign !== "function")
      throw new Error("the SDK's signer signs URLs");
    const headers = { host: "127.0.0.1" };
    const asked = new HttpRequest({
      protocol: "http:",
      hostname: "127.0.0.1",
      method: "GET",
      path: "/",
      headers,
      query,
    });
    const signed: unknown = await signer.presign(asked, { expiresIn: 60 });
    if (!HttpRequest.isInstance(signed)) throw new Error("what was signed is a request");
    const parameters = Object.fromEntries(Object.entries(signed.query).map(([name, value]) => [name, String(value)]));
    return `/?${new URLSearchParams(parameters).toString()}`;
  }
  const get = (url: string, wire = aCloud(demoAws()).cloud.wire) =>
    wire({ method: "GET", url, headers: { host: "127.0.0.1" }, body: "" });
  const options = { region: "eu-west-1", credentials: { ...keys } };

  it("are taken from who may not send headers, for STS and EC2", async () => {
    const url = await presign(new STSClient(options), call);
    expect((await get(url)).body).toContain(`<Account>${DEMO_ACCOUNT}</Account>`);
    const vpcs = await presign(new EC2Client(options), { Action: "DescribeVpcs", Version: "2016-11-15" });
    expect((await get(vpcs)).body).toContain(DEMO_VPCS.made);
  });

  it("are refused after their time, before it, and when anything in them was changed", async () => {
    const url = await presign(new STSClient(options), call);
    const at = async (ms: number) => {
      const { wire } = aCloud(demoAws(), { signersNow: () => Date.now() + ms }).cloud;
      const { status, body } = await get(url, wire);
      return [status, messageOf(body)];
    };
    expect(await at(50_000)).toEqual([200, undefined]);
    expect(await at(62_000)).toEqual([
      403,
      expect.stringMatching(/^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 1 min\.\)$/),
    ]);
    expect(await at(-301_000)).toEqual([403, expect.stringMatching(/^Signature not yet current: .* \+ 5 min\.\)$/)]);
    expect(codeOf((await get(`${url}&Extra=1`)).body)).toBe("SignatureDoesNotMatch");
    expect(codeOf((await get(url.replace("X-Amz-Expires=60", "X-Amz-Expires=3600"))).body)).toBe(
      "SignatureDoesNotMatch",
    );
    expect(codeOf((await get(url.replace("X-Amz-Expires=60", "X-Amz-Expires=700000"))).body)).toBe(
      "IncompleteSignature",
    );
  });
});

describe("regions", () => {
  it("that an account has to enable first let nobody in until it did, and are told of when all are asked for", async () => {
    const describe = async (region: string, form: string) => {
      const { wire } = aCloud(demoAws()).cloud;
      const client = new EC2Client({ region, credentials: { ...keys } });
      const signer = await client.config.signer();
      const asked = new HttpRequest({
        protocol: "http:",
        hostname: "127.0.0.1",
        method: "POST",
        path: "/",
        headers: { ...FORM, host: "127.0.0.1" },
        body: `Version=2016-11-15&Action=${form}`,
      });
      const { headers, body } = (await signer.sign(asked)) as HttpRequest;
      return wire({ method: "POST", url: "/", headers, body: String(body) });
    };
    const refused = await describe("eu-central-2", "DescribeVpcs");
    expect([refused.status, codeOf(refused.body)]).toEqual([401, "AuthFailure"]);
    expect((await describe("eu-central-1", "DescribeVpcs")).status).toBe(200);
    const all = (await describe("eu-west-1", "DescribeRegions&AllRegions=true")).body;
    expect(all).toMatch(/eu-central-2<\/regionName>.*?<optInStatus>not-opted-in/);
    expect((await describe("eu-west-1", "DescribeRegions")).body).not.toContain("eu-central-2");
  });
});
