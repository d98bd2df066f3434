import { SallyportError } from "@sallyport/contracts";
import type { z } from "zod";

/** One setting: where it comes from, what it must be, what it is for. `docs/reference/config.md` is generated from these. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  /** Name of the environment variable. A secret may come from the file that `<NAME>_FILE` names instead. */
  readonly env: string;
  readonly schema: Schema;
  readonly description: string;
  readonly secret?: true;
}

export type Settings = Readonly<Record<string, Setting>>;
export type ConfigOf<S extends Settings> = { readonly [Key in keyof S]: z.infer<S[Key]["schema"]> };

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
}

/** Declares a service's configuration: one schema, read in one place. */
export const defineSettings = <const S extends Settings>(settings: S): S => settings;

/**
 * Reads all settings and reports every mistake at once, by name and expectation, never echoing a value: what is wrong in a secret
 * is a secret, too.
 */
export function readConfig<S extends Settings>(settings: S, sources: ConfigSources): ConfigOf<S> {
  const mistakes: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    const found = textOf(setting, sources);
    if ("mistake" in found) {
      mistakes.push(found.mistake);
      continue;
    }
    const parsed = setting.schema.safeParse(found.text);
    if (parsed.success) values[key] = parsed.data;
    else
      mistakes.push(
        `${setting.env}: ${expectationOf(parsed.error, found.text === undefined)} (${setting.description})`,
      );
  }
  if (mistakes.length > 0) {
    throw new SallyportError({
      code: "configuration.invalid",
      detail: `${mistakes.length} mistake${mistakes.length === 1 ? "" : "s"} in the configuration:\n${mistakes.map((one) => `  - ${one}`).join("\n")}`,
    });
  }
  return values as ConfigOf<S>;
}

/** The text of a setting; `undefined` when it is not set, empty being not set; or why there is none. */
function textOf(
  setting: Setting,
  { env, readFile }: ConfigSources,
): { readonly text: string | undefined } | { readonly mistake: string } {
  const direct = notEmpty(env[setting.env]);
  const file = setting.secret === undefined ? undefined : notEmpty(env[`${setting.env}_FILE`]);
  if (file === undefined) return { text: direct };
  if (direct !== undefined) return { mistake: `${setting.env}: set it, or ${setting.env}_FILE, not both` };
  try {
    return { text: notEmpty(readFile(file).trim()) };
  } catch {
    return { mistake: `${setting.env}_FILE: the file cannot be read` };
  }
}

const notEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

/** zod's messages name what was expected; those that would quote the input are replaced. */
function expectationOf(error: z.ZodError, missing: boolean): string {
  if (missing) return "is not set";
  return error.issues
    .map((issue) => {
      const at = issue.path.length === 0 ? "" : `${issue.path.join(".")} `;
      switch (issue.code) {
        case "invalid_type":
          return `${at}expected ${issue.expected}`;
        case "invalid_value":
          return `${at}expected one of ${issue.values.map(String).join(", ")}`;
        case "invalid_format":
          return `${at}expected ${issue.format}`;
        case "too_small":
          return `${at}expected at least ${issue.minimum}`;
        case "too_big":
          return `${at}expected at most ${issue.maximum}`;
        case "custom":
          return `${at}${issue.message}`;
        case "invalid_union":
        case "unrecognized_keys":
        case "not_multiple_of":
        case "invalid_key":
        case "invalid_element":
          return `${at}not as expected`;
      }
    })
    .join("; ");
}
