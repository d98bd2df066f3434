import { SallyportError } from "@sallyport/contracts";
import { z } from "zod";
import { signingSettings } from "./common-settings.ts";
import { defineSettings, readConfig } from "./read-config.ts";
import type { Settings } from "./read-config.ts";
import { renderSettings } from "./render-settings.ts";
import { flag, integer, json, list } from "./setting-schemas.ts";

const settings = defineSettings({
  level: { env: "APP_LEVEL", schema: z.enum(["info", "warn"]).default("info"), description: "least level" },
  port: { env: "APP_PORT", schema: integer(0, 65_535), description: "where it listens" },
  url: { env: "APP_URL", schema: z.url({ protocol: /^https$/ }), description: "the other side" },
  key: { env: "APP_KEY", schema: z.string().min(8), description: "what it signs with", secret: true },
});
const good = { APP_PORT: "8080", APP_URL: "https://example.org", APP_KEY: "12345678" };
const noFiles = (): string => {
  throw new Error("no such file");
};

const read = <S extends Settings>(
  of: S,
  env: Readonly<Record<string, string | undefined>>,
  files: Record<string, string> = {},
) => readConfig(of, { env, readFile: (path) => files[path] ?? noFiles() });
function mistakesIn(...args: Parameters<typeof read>): string {
  try {
    read(...args);
  } catch (error) {
    if (error instanceof SallyportError && error.code === "configuration.invalid") return error.message;
    throw error;
  }
  throw new Error("there is no mistake");
}

describe("reading the configuration", () => {
  it("gives every setting in its own type, with defaults where nothing is set; empty is not set", () => {
    expect(read(settings, { ...good, APP_LEVEL: "" })).toEqual({
      level: "info",
      port: 8080,
      url: "https://example.org",
      key: "12345678",
    });
  });

  it("reports every mistake at once, by name, saying what was expected and never what was found", () => {
    const message = mistakesIn(settings, { APP_LEVEL: "loud!", APP_PORT: "eighty", APP_KEY: "hunter2" });
    expect(message.split("\n")).toEqual([
      "4 mistakes in the configuration:",
      "  - APP_LEVEL: expected one of info, warn (least level)",
      "  - APP_PORT: expected number (where it listens)",
      "  - APP_URL: is not set (the other side)",
      "  - APP_KEY: expected at least 8 (what it signs with)",
    ]);
    expect(message).not.toMatch(/loud|eighty|hunter2/);
  });

  it("takes a secret from the file that its name with _FILE says, without the line's end", () => {
    const { APP_KEY: _, ...rest } = good;
    expect(read(settings, { ...rest, APP_KEY_FILE: "/run/key" }, { "/run/key": "from the file\n" }).key).toBe(
      "from the file",
    );
    expect(read(settings, { ...rest, APP_KEY: "", APP_KEY_FILE: "/run/key" }, { "/run/key": "87654321" }).key).toBe(
      "87654321",
    );
  });

  it("names the file's variable, and nothing else, when it cannot be read, is empty, or the secret is set twice", () => {
    const { APP_KEY: _, ...rest } = good;
    const file = { ...rest, APP_KEY_FILE: "/run/key" };
    const only = "1 mistake in the configuration:\n  - ";
    expect(mistakesIn(settings, file)).toBe(`${only}APP_KEY_FILE: the file cannot be read`);
    expect(mistakesIn(settings, file, { "/run/key": "\n" })).toBe(`${only}APP_KEY: is not set (what it signs with)`);
    expect(mistakesIn(settings, { ...file, APP_KEY: "12345678" }, { "/run/key": "12345678" })).toBe(
      `${only}APP_KEY: set it, or APP_KEY_FILE, not both`,
    );
  });

  it("takes nothing but secrets from files", () => {
    expect(mistakesIn(settings, { ...good, APP_PORT: "", APP_PORT_FILE: "/p" }, { "/p": "8080" })).toContain(
      "APP_PORT",
    );
  });
});

describe("a setting's text", () => {
  const one = <Schema extends z.ZodType>(schema: Schema, text: string | undefined) =>
    read({ it: { env: "IT", schema, description: "it" } }, { IT: text }).it;

  it("may be a whole number within bounds", () => {
    expect(one(integer(1, 9), "9")).toBe(9);
    for (const wrong of ["0", "10", "1.5", "x", "Infinity"]) expect(() => one(integer(1, 9), wrong)).toThrow("IT");
  });

  it("may be a list of what is between commas, trimmed, none empty", () => {
    expect(one(list(), " a, ,b ")).toEqual(["a", "b"]);
    expect(() => one(list(2), "a,")).toThrow("expected at least 2 item(s)");
  });

  it("may be true or false, spelled out", () => {
    expect([one(flag(false), "true"), one(flag(true), undefined)]).toEqual([true, true]);
    expect(() => one(flag(true), "yes")).toThrow("expected one of true, false");
  });

  it("may be JSON of a form, of which nothing is quoted when it is wrong", () => {
    const accounts = json(z.array(z.object({ id: z.string(), n: z.number() })));
    expect(one(accounts, '[{"id":"a","n":1}]')).toEqual([{ id: "a", n: 1 }]);
    expect(() => one(accounts, "[hunter2")).toThrow(/^((?!hunter2)[\s\S])*expected JSON/);
    expect(() => one(accounts, '[{"id":"a","n":"hunter2"}]')).toThrow(/^((?!hunter2)[\s\S])*0\.n expected number/);
  });
});

describe("the keys that sign", () => {
  const secret = "a secret of at least : thirty-two characters";
  const keysOf = (text: string) => read(signingSettings, { SALLYPORT_SIGNING_KEYS: text }).signingKeys;

  it("are read in order, with whatever their secrets consist of", () => {
    expect(keysOf(`k2:${secret}, k1:${secret}`)).toEqual([
      { id: "k2", secret },
      { id: "k1", secret },
    ]);
  });

  it.each(["", "k1", "k1:short", `K1:${secret}`, `k1:${secret},`, `k1:${secret},k1:${secret}`])(
    "are refused: %j",
    (text) => {
      expect(() => keysOf(text)).toThrow("SALLYPORT_SIGNING_KEYS");
    },
  );
});

describe("the configuration reference", () => {
  it("says of every setting what it is, its default, and whether it is a secret", () => {
    const page = renderSettings({ app: settings });
    expect(page).toContain("| `APP_LEVEL` | least level | `info` |");
    expect(page).toContain("| `APP_KEY` (secret) | what it signs with | *required* |");
  });
});
