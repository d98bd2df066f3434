import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { catalogue, errorKinds } from "@sallyport/contracts";
import { referenceFiles } from "./reference-files.ts";

const root = join(__dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const foldersIn = (path: string): readonly string[] =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, path, entry.name, "package.json")))
    .map(({ name }) => join(path, name));
/** The pitfalls that concern networks of Azure and AWS, by number. */
const networkPitfalls = [
  [1, 23],
  [25, 47],
  [50, 52],
  [56, 57],
].flatMap(([first = 0, last = 0]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
const rooms = [...foldersIn("packages"), ...foldersIn("services")];

function filesBelow(path: string, ending: string): readonly string[] {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules" || entry.name === "dist" || entry.name.startsWith(".")) return [];
    const below = join(path, entry.name);
    return entry.isDirectory() ? filesBelow(below, ending) : below.endsWith(ending) ? [below] : [];
  });
}

describe("the repository says the same everywhere", () => {
  it("commits the reference that the code renders (npm run reference)", () => {
    const rendered = referenceFiles();
    expect(Object.keys(rendered).length).toBeGreaterThanOrEqual(5);
    for (const [path, text] of Object.entries(rendered)) expect({ path, text: read(path) }).toEqual({ path, text });
  });

  it("explains every error code in docs/failure-modes.md, and none that does not exist", () => {
    const explained = [...read("docs/failure-modes.md").matchAll(/^### (\S+)$/gm)].map(([, code]) => code);
    expect(explained.toSorted()).toEqual(Object.keys(errorKinds).toSorted());
  });

  it("has a README in every room, naming only files that are there", () => {
    for (const room of rooms) {
      expect({ room, readme: existsSync(join(root, room, "README.md")) }).toEqual({ room, readme: true });
    }
  });

  it("follows every relative link of its documents", () => {
    const documents = [
      ...filesBelow("docs", ".md"),
      ...rooms.map((room) => `${room}/README.md`),
      "README.md",
      "CONTRIBUTING.md",
    ];
    const broken = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !existsSync(join(root, dirname(document), target)))
        .map((target) => `${document}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it("finds every file that the domain's requirement table names, and every test by its name", () => {
    const rows = read("packages/domain/README.md")
      .split("\n")
      .filter((line) => /^\| S\d/.test(line));
    expect(rows.length).toBeGreaterThanOrEqual(15);
    const tests = [
      ...filesBelow("packages", ".test.ts"),
      ...filesBelow("services", ".test.ts"),
      ...filesBelow("test", ".ts"),
      ...filesBelow("packages", ".conformance.ts"),
    ]
      .map(read)
      .join("\n");
    const missing = rows.flatMap((row) => {
      const files = [...row.matchAll(/`([\w./-]+\.(?:ts|md))`/g)].map(([, file = ""]) => file);
      const lost = files.filter(
        (file) =>
          !["", "packages/", "packages/domain/src/", "packages/domain/"].some((base) =>
            existsSync(join(root, base + file)),
          ),
      );
      const names = [...row.matchAll(/(?<![\w*])[*_]([^*_|]+)[*_](?![\w*])/g)].map(([, name = ""]) => name);
      return [...lost, ...names.filter((name) => !tests.includes(name)).map((name) => `test: ${name}`)];
    });
    expect(missing).toEqual([]);
  });

  it("finds every test that the table of pitfalls names, in the file that it names, and speaks of every pitfall", () => {
    const table = read("docs/reference/pitfalls.md");
    const rows = [...table.matchAll(/^\| P(\d+) +\| [_*](.+)[_*] +\| `([^`]+)` +\|$/gm)];
    expect(rows).toHaveLength(table.split("\n").filter((line) => /^\| P\d/.test(line)).length);
    const missing = rows.flatMap(([, , name = "", file = ""]) => {
      const isThere = existsSync(join(root, file)) && ['"', "'", "`"].some((q) => read(file).includes(q + name + q));
      return isThere ? [] : [`${file}: ${name}`];
    });
    expect(missing).toEqual([]);
    const notProved = table.slice(table.indexOf("\nNot proved:")).matchAll(/\bP(\d+)\b/g);
    const spokenOf = new Set([...rows, ...notProved].map(([, n]) => Number(n)));
    expect(networkPitfalls.filter((n) => !spokenOf.has(n))).toEqual([]);
  });

  it("has a golden example of every event", () => {
    const examples = readdirSync(join(root, "packages/contracts/examples")).map(
      (file) => (JSON.parse(read(`packages/contracts/examples/${file}`)) as { type: string }).type,
    );
    expect([...new Set(examples)].toSorted()).toEqual(
      expect.arrayContaining(catalogue.map(({ type }) => type).toSorted()),
    );
  });

  it("spells the export condition alike in every place that reads it", () => {
    for (const room of rooms) expect(read(`${room}/package.json`)).toContain('"@sallyport/source"');
    for (const file of ["tsconfig.base.json", "jest.config.js", ".dependency-cruiser.cjs", "package.json"])
      expect(read(file)).toContain("@sallyport/source");
  });

  it("lists every room in tsconfig.json, so that none is left unbuilt", () => {
    const { references } = JSON.parse(read("tsconfig.json")) as { references: readonly { path: string }[] };
    expect(references.map(({ path }) => path).toSorted()).toEqual([...rooms].toSorted());
  });
});
