import * as sdk from "@aws-sdk/client-ec2";
import { actions } from "./actions.ts";
import { elementsOf, spelling } from "./xml.ts";
import type { Names } from "./xml.ts";

// The SDK exports the EC2 model: a list is [1, ns, name, traits, member], a structure [3, ns, name, traits, members, schemas], and a
// member may be [schema, traits].
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const unwrap = (schema: unknown): unknown => {
  if (typeof schema === "function") return unwrap(schema());
  return isList(schema) && schema.length === 2 && typeof schema[0] !== "number" ? unwrap(schema[0]) : schema;
};

/** Every member that the SDK would not find under the name that we write. */
function misspelled(schema: unknown, names: Names, path: string, seen: readonly string[] = []): readonly string[] {
  const shape = unwrap(schema);
  if (!isList(shape)) return [];
  if (shape[0] === 1) return misspelled(shape[4], names, path, seen);
  const [kind, , name, , members, schemas] = shape;
  if (kind !== 3 || !isList(members) || !isList(schemas) || seen.includes(String(name))) return [];
  return members.flatMap((member, i) => {
    const inner = schemas[i];
    const traits: unknown = isList(inner) ? inner[1] : undefined;
    const wanted =
      typeof traits === "object" && traits !== null && "xmlName" in traits ? String(traits.xmlName) : String(member);
    const [written, deeper] = spelling(names, String(member));
    const here = `${path}.${String(member)}`;
    const wrong = written === wanted ? [] : [`${here}: ${written}, not ${wanted}`];
    return [...wrong, ...misspelled(inner, deeper, here, [...seen, String(name)])];
  });
}

describe("the names of answers on the wire", () => {
  const model: Readonly<Record<string, unknown>> = sdk;
  // They answer with nothing but success.
  const silent = new Set(["CreateTags", "DeleteTags", "ModifyInstanceAttribute", "ModifyNetworkInterfaceAttribute"]);

  const otherwise: Readonly<Record<string, string>> = { DescribeInstanceAttribute: "InstanceAttribute" };

  it.each([...actions].filter(([name]) => !silent.has(name)))(
    "%s is spelled as the SDK reads it, to the last member",
    (name, action) => {
      const schema = model[`${name}Result$`] ?? model[`${otherwise[name]}$`];
      expect(schema).toBeDefined();
      expect(misspelled(schema, action.names ?? {}, name)).toEqual([]);
    },
  );
});

describe("an answer as XML", () => {
  it("escapes what XML would read as markup, drops what it cannot hold, keeps empty sets and leaves out what is absent", () => {
    expect(elementsOf({ Name: `<a> & "b"\u0000`, Tags: [], Gone: undefined, Return: true }, {})).toBe(
      "<name>&#60;a&#62; &#38; &#34;b&#34;</name><tagSet/><return>true</return>",
    );
  });
});
