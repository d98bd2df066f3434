import { readFileSync } from "node:fs";
import { join } from "node:path";
import { builtInRoles } from "@sallyport/domain";
import { readRoleDefinition } from "./read-arm-roles.ts";

const text = readFileSync(join(__dirname, "../../../test/data/azure-built-in-roles.json"), "utf8");
const published = JSON.parse(text) as readonly unknown[];

describe("the built-in roles", () => {
  it("are what Microsoft publishes, whole: ids, names, actions, notActions and scopes", () => {
    expect(published.map(readRoleDefinition)).toEqual(Object.values(builtInRoles));
  });
});
