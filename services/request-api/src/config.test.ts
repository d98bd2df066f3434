import { readConfig } from "@sallyport/service-kit";
import { enrolledIn, settings, trustedIssuerOf } from "./config.ts";

const SECRET = "hunter2";
const env = {
  KAFKA_BROKERS: "localhost:9092",
  REDIS_URL: "redis://localhost:6379",
  SALLYPORT_ROLE_FILE: "roles.json",
  SALLYPORT_ISSUERS: JSON.stringify([
    { issuer: "https://id.example.com", audience: "sallyport", claims: "oidc", jwksUri: "https://id.example.com/keys" },
  ]),
  SALLYPORT_AZURE_SUBSCRIPTIONS: "6F1C9F0E-7D3A-4C11-9A57-1D2F60E1A001",
  SALLYPORT_AWS_ACCOUNTS: JSON.stringify([{ accountId: "123456789012", regions: ["eu-west-1", "us-east-1"] }]),
};
const read = (change: Record<string, string | undefined> = {}) =>
  readConfig(settings, {
    env: { ...env, ...change },
    readFile: () => {
      throw new Error("no file is read");
    },
  });

describe("the configuration", () => {
  it("says whose tokens are accepted and what is enrolled", () => {
    const config = read();
    expect(config.issuers.map(trustedIssuerOf)).toEqual([
      {
        issuer: "https://id.example.com",
        audience: "sallyport",
        claims: "oidc",
        keys: { jwksUri: "https://id.example.com/keys" },
      },
    ]);
    expect([...enrolledIn(config)]).toEqual([
      "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001",
      "123456789012/eu-west-1",
      "123456789012/us-east-1",
    ]);
    expect(config.host).toBe("127.0.0.1");
  });

  it("with three mistakes reports all three by name, and echoes no value", () => {
    const problem = () =>
      read({
        SALLYPORT_ISSUERS: `[{"issuer": "${SECRET}"}]`,
        SALLYPORT_PORT: SECRET,
        REDIS_URL: `http://:${SECRET}@x`,
      });
    for (const name of ["SALLYPORT_ISSUERS", "SALLYPORT_PORT", "REDIS_URL"]) expect(problem).toThrow(name);
    expect(problem).not.toThrow(SECRET);
  });

  it("says how people of an issuer are known, of one that is not Entra, and by something", () => {
    const [issuer] = JSON.parse(env.SALLYPORT_ISSUERS) as object[];
    const withPeople = (people: object, more: object = {}) =>
      read({ SALLYPORT_ISSUERS: JSON.stringify([{ ...issuer, people, ...more }]) });
    expect(withPeople({ claim: "amr" }).issuers.map(trustedIssuerOf)).toMatchObject([{ people: { claim: "amr" } }]);
    expect(() => withPeople({})).toThrow("expected a claim, or clients");
    expect(() => withPeople({ clients: [] })).toThrow("SALLYPORT_ISSUERS");
    expect(() => withPeople({ claim: "amr" }, { claims: "entra" })).toThrow("only with claims oidc");
  });

  it("takes an issuer's keys from one place only", () => {
    const [issuer] = JSON.parse(env.SALLYPORT_ISSUERS) as object[];
    const both = JSON.stringify([{ ...issuer, jwks: { keys: [{ kty: "EC" }] } }]);
    expect(() => read({ SALLYPORT_ISSUERS: both })).toThrow("exactly one of jwksUri and jwks");
  });
});
