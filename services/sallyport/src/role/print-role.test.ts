import { leastRole } from "@sallyport/domain";
import { UsageError } from "../options.ts";
import { azureRole } from "./azure.ts";
import { operatorRole } from "./operator.ts";
import { readerRole } from "./reader.ts";
import { requesterRole } from "./requester.ts";

const SUBSCRIPTION = "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001";
const scopes = [`/subscriptions/${SUBSCRIPTION}`];

describe("sallyport role", () => {
  it.each([
    ["requester", requesterRole],
    ["operator", operatorRole],
    ["reader", readerRole],
  ] as const)("%s prints the least role, made from the table of actions, for the subscription", (kind, print) => {
    const json: unknown = JSON.parse(print(["--subscription", SUBSCRIPTION]));
    expect(json).toEqual(leastRole(kind, scopes));
    const az = print(["--subscription", SUBSCRIPTION, "--format", "az"]);
    expect(JSON.parse(/'(.+)'/.exec(az)?.[1] ?? "")).toEqual(json);
    const terraform = print(["--subscription", SUBSCRIPTION, "--format", "terraform"]);
    for (const action of leastRole(kind, scopes).Actions) expect(terraform).toContain(`"${action}",`);
  });

  it("azure prints what Sallyport itself needs", () =>
    expect(JSON.parse(azureRole(["--subscription", SUBSCRIPTION]))).toMatchObject({
      Actions: expect.arrayContaining(["Microsoft.Network/networkSecurityGroups/securityRules/write"]),
      AssignableScopes: scopes,
    }));

  it.each([[["--subscription", "shop"]], [["--format", "yaml"]], [["--all"]]])("says of %j what is wrong", (args) =>
    expect(() => requesterRole(args)).toThrow(UsageError),
  );
});
