import { computeActions, jitActions, networkActions } from "./actions.ts";
import { rolesGranting } from "./roles-granting.ts";

describe("the built-in roles that would grant an action", () => {
  it.each([
    [jitActions.read, ["Security Reader", "Reader", "Security Admin", "Contributor", "Owner"]],
    [jitActions.initiate, ["Security Admin", "Contributor", "Owner"]],
    [jitActions.write, ["Security Admin", "Contributor", "Owner"]],
    [computeActions.read, ["Reader", "Virtual Machine Contributor", "Contributor", "Owner"]],
    [computeActions.write, ["Virtual Machine Contributor", "Contributor", "Owner"]],
    [networkActions.readInterfaces, ["Reader", "Virtual Machine Contributor", "Contributor", "Owner"]],
  ])("%s: %j, the one that gives least beside it first", (action, roles) =>
    expect(rolesGranting(action)).toEqual(roles),
  );

  it("are none for what none of them holds", () =>
    expect(rolesGranting("Microsoft.Security/")).not.toContain("Reader"));
});
