import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quietLog } from "@sallyport/backbone";
import { aPrincipal } from "@sallyport/testkit";
import { createFileRoleAssignments } from "./file-role-assignments.ts";

const alice = aPrincipal().id;
const naming = (principalId: string) =>
  JSON.stringify({
    roleAssignments: [{ principalId, roleDefinitionId: "/r/acdd72a7-3385-48ef-bd42-f606fba81ae7", scope: "/" }],
  });

describe("role assignments from a file", () => {
  let dir: string;
  let file: string;
  let elapsedMs: number;
  let errors: string[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "roles-"));
    file = join(dir, "roles.json");
    elapsedMs = 0;
    errors = [];
    await writeFile(file, naming(alice));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const start = () =>
    createFileRoleAssignments({
      file,
      clock: { elapsed: () => elapsedMs },
      log: { ...quietLog, error: (message) => errors.push(message) },
    });
  const replace = async (text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };

  it("are read again within a second of a change, granted and taken back alike (P49)", async () => {
    const { assignmentsFor } = await start();
    const count = async () => (await assignmentsFor(alice, [])).assignments.length;
    expect(await count()).toBe(1);
    await replace(naming("somebody else"));
    expect(await count()).toBe(1);
    elapsedMs = 1000;
    expect(await count()).toBe(0);
    await replace(naming(alice));
    elapsedMs = 2000;
    expect(await Promise.all([count(), count()])).toEqual([1, 1]);
  });

  it("are looked at once more before somebody is refused: who has just got a role need not wait", async () => {
    await replace(naming("somebody else"));
    const { assignmentsFor } = await start();
    const count = async (fresh: boolean) => (await assignmentsFor(alice, [], { fresh })).assignments.length;
    await replace(naming(alice));
    expect(await count(false)).toBe(0);
    expect(await Promise.all([count(true), count(true), count(true)])).toEqual([1, 1, 1]);
  });

  it("stay in force when a new file is broken or gone, which is reported once per change", async () => {
    const { assignmentsFor } = await start();
    const count = async () => {
      elapsedMs += 1000;
      return (await assignmentsFor(alice, [])).assignments.length;
    };
    await replace("{ broken");
    expect([await count(), await count()]).toEqual([1, 1]);
    expect(errors).toHaveLength(1);
    await rm(file);
    expect([await count(), await count()]).toEqual([1, 1]);
    expect(errors).toHaveLength(2);
    await replace(naming("somebody else"));
    expect(await count()).toBe(0);
    expect(errors).toHaveLength(2);
  });

  it("refuse to start without a file, and with a broken one", async () => {
    await replace("[]");
    await expect(start()).rejects.toMatchObject({ code: "configuration.invalid" });
    await rm(file);
    await expect(start()).rejects.toMatchObject({ code: "configuration.invalid" });
  });
});
