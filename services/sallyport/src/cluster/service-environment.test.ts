import { settings as authz } from "@sallyport/authz";
import { settings as enforcerAws } from "@sallyport/enforcer-aws";
import { settings as enforcerAzure } from "@sallyport/enforcer-azure";
import { settings as requestApi } from "@sallyport/request-api";
import { settings as scanner } from "@sallyport/scanner";
import { readConfig } from "@sallyport/service-kit";
import type { Settings } from "@sallyport/service-kit";
import { serviceEnvironment } from "./service-environment.ts";
import type { ClusterFacts } from "./service-environment.ts";
import { serviceNames } from "./service-names.ts";
import type { ServiceName } from "./service-names.ts";

const declared: Readonly<Record<ServiceName, Settings>> = {
  "request-api": requestApi,
  authz,
  "enforcer-azure": enforcerAzure,
  "enforcer-aws": enforcerAws,
  scanner,
};
const SECRET = "0123456789abcdef0123456789abcdef";
const CLIENT_SECRET = "of-the-azure-client";
const KEY_SECRET = "of-the-aws-account";
const account = { accountId: "123456789012", accessKeyId: "AKIAEXAMPLE", secretAccessKey: KEY_SECRET };
const facts: ClusterFacts = {
  brokers: ["127.0.0.1:9092"],
  redisUrl: "redis://127.0.0.1:6379",
  simulator: {
    arm: {
      url: "https://127.0.0.1:7443",
      authority: "https://127.0.0.1:7443",
      caFile: "ca.pem",
      tenantId: "t",
      clientId: "c",
      clientSecret: CLIENT_SECRET,
      objectId: "5a11b007-0000-4000-8000-00000000c1e2",
      subscriptionIds: ["s1", "s2"],
    },
    ec2: { url: "http://127.0.0.1:7480", regions: ["eu-west-1"], accounts: [account] },
  },
  connectors: { "123456789012": "/subscriptions/s1/connector" },
  issuer: { issuer: "urn:issuer", audience: "sallyport", claims: "entra", keys: { jwks: { keys: [{ kty: "EC" }] } } },
  roleFile: "roles.json",
  signingKeys: `k1:${SECRET}`,
  apiPort: 8443,
  publicUrl: "https://127.0.0.1:7443",
  shortestSeconds: 5,
  surveySeconds: 5,
};

describe("the environment of a service", () => {
  it.each(serviceNames)("is a complete configuration of %s, as its config.ts declares it", (name) => {
    const env = serviceEnvironment(name, 9464, facts);
    expect(readConfig(declared[name], { env, readFile: () => "" })).toMatchObject({
      brokers: ["127.0.0.1:9092"],
      healthPort: 9464,
    });
  });

  it.each(serviceNames)("tells %s nothing that it does not read", (name) => {
    const read = new Set(Object.values(declared[name]).map(({ env }) => env));
    const unread = Object.keys(serviceEnvironment(name, 9464, facts)).filter((variable) => !read.has(variable));
    // The AWS SDK's own and Node's, which no service declares.
    expect(unread.filter((variable) => !/^(?:AWS_|NODE_EXTRA_CA_CERTS$)/.test(variable))).toEqual([]);
  });

  it("carries each secret only to those that need it", () => {
    const told = (secret: string) =>
      serviceNames.filter((name) =>
        Object.values(serviceEnvironment(name, 1, facts))
          .join(" ")
          .includes(secret),
      );
    expect(told(SECRET)).toEqual(["enforcer-azure", "enforcer-aws"]);
    expect(told(CLIENT_SECRET)).toEqual(["enforcer-azure", "scanner"]);
    expect(told(KEY_SECRET)).toEqual(["enforcer-aws", "scanner"]);
  });

  it("tells request-api how to ask Azure for the plan that is required, and nobody else that it is", () => {
    const required: ClusterFacts = { ...facts, requirePlan: "P2" };
    const config = readConfig(requestApi, { env: serviceEnvironment("request-api", 1, required), readFile: () => "" });
    expect(config).toMatchObject({
      requirePlan: "P2",
      azureEndpoint: facts.simulator.arm.url,
      clientSecret: CLIENT_SECRET,
    });
    for (const name of serviceNames.filter((one) => one !== "request-api"))
      expect(serviceEnvironment(name, 1, required)).toEqual(serviceEnvironment(name, 1, facts));
  });

  it("has request-api alone take the tokens of the simulated authority, by every name of its origin, with keys fetched under its CA", () => {
    const env = serviceEnvironment("request-api", 1, facts);
    const config = readConfig(requestApi, { env, readFile: () => "" });
    const keys = { jwksUri: "https://127.0.0.1:7443/t/discovery/v2.0/keys" };
    expect(config["issuers"]).toMatchObject([
      { issuer: "urn:issuer" },
      { issuer: "https://127.0.0.1:7443/t/v2.0", claims: "entra", ...keys },
      { issuer: "https://localhost:7443/t/v2.0", claims: "entra", ...keys },
    ]);
    expect([config["publicUrl"], env["NODE_EXTRA_CA_CERTS"]]).toEqual(["https://127.0.0.1:7443", "ca.pem"]);
    for (const name of serviceNames.filter((one) => one !== "request-api"))
      expect(Object.keys(serviceEnvironment(name, 1, facts))).not.toContain("NODE_EXTRA_CA_CERTS");
  });

  it("refuses a second AWS account, which one set of credentials cannot reach", () => {
    const simulator = { ...facts.simulator, ec2: { ...facts.simulator.ec2, accounts: [account, account] } };
    expect(() => serviceEnvironment("scanner", 1, { ...facts, simulator })).toThrow("one AWS account");
  });
});
