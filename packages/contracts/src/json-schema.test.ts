import { catalogue } from "./events/catalogue.ts";
import { renderJsonSchemas } from "./json-schema.ts";
import { referenceFiles } from "./reference-files.ts";
import { renderErrors } from "./render-errors.ts";
import { errorKinds } from "./errors.ts";

describe("the JSON Schemas", () => {
  const { $defs } = renderJsonSchemas();

  it("hold the envelope and the data of every event", () => {
    expect(Object.keys($defs as object)).toEqual(
      expect.arrayContaining(["Envelope", ...catalogue.map(({ name }) => name)]),
    );
  });

  it("write each value out once, and refer to it", () => {
    expect(JSON.stringify(($defs as Record<string, unknown>)["AccessRequested"])).toContain('"$ref":"#/$defs/Access"');
  });
});

describe("the generated reference", () => {
  it("is the same whenever it is generated", () => {
    expect(referenceFiles()).toEqual(referenceFiles());
  });

  it("names every code once, with its status", () => {
    for (const [code, { status }] of Object.entries(errorKinds))
      expect(
        renderErrors()
          .split("\n")
          .filter((line) => line.includes(`\`${code}\``) && line.includes(` ${status} `)),
      ).toHaveLength(1);
  });
});
