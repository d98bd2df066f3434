import { ScopeId } from "@sallyport/contracts";
import { ACCOUNT, KEY, REGION, ROLE, anAws } from "./aws-cloud.conformance.ts";
import { createClients } from "./clients.ts";

describe("getting into an account", () => {
  const read = async (access: NonNullable<Parameters<typeof anAws>[0]>["access"] & object) => {
    const cloud = await anAws({ access });
    return (await cloud.during(cloud.network.read({ vms: [cloud.vm], objects: [] }))).instances.length;
  };

  it("takes a key", async () => {
    expect(await read({ credentials: KEY })).toBe(1);
  });

  it("assumes a role with the key, naming the external id", async () => {
    expect(await read({ credentials: KEY, roleArn: ROLE.Arn, externalId: "tenant-1" })).toBe(1);
  });

  it("is refused, and may be let in later, with a wrong key or without the external id", async () => {
    await expect(read({ credentials: { ...KEY, secretAccessKey: "wrong" } })).rejects.toMatchObject({
      code: "aws.unauthorized",
      retryable: true,
    });
    await expect(read({ credentials: KEY, roleArn: ROLE.Arn })).rejects.toMatchObject({ code: "aws.unauthorized" });
  });

  it("knows no scope that is not configured", () => {
    const clients = createClients({ accounts: [{ accountId: ACCOUNT, regions: [REGION], credentials: KEY }] });
    expect(clients.scopes).toEqual([`${ACCOUNT}/${REGION}`]);
    expect(() => clients.of(ScopeId.parse(`${ACCOUNT}/us-east-1`))).toThrow(
      expect.objectContaining({ code: "scope.not-enrolled", retryable: false }),
    );
  });
});
