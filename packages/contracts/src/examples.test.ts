import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { catalogue } from "./events/catalogue.ts";
import { open } from "./events/envelope.ts";

// Append-only: a message that was ever published parses for ever. Never edit a file here; add the next number.
const folder = join(import.meta.dirname, "../examples");
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const kebab = (name: string) => name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

describe("the golden examples", () => {
  it.each(files)("%s parses for ever", (file) => {
    const event = open(readFileSync(join(folder, file), "utf8"));
    const contract = catalogue.find(({ type }) => type === event.type);
    const version = event.type.slice(event.type.lastIndexOf(".") + 1);
    expect(file).toMatch(new RegExp(`^${kebab(contract?.name ?? "")}\\.${version}\\.\\d\\d\\.json$`));
  });

  it.each(catalogue.map(({ name, type }) => [name, type] as const))("show %s", (name, type) => {
    const version = type.slice(type.lastIndexOf(".") + 1);
    expect(files).toContain(`${kebab(name)}.${version}.01.json`);
  });
});
