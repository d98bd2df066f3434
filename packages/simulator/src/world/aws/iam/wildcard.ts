import type { Context } from "./request.ts";

/**
 * A pattern of a policy as an expression: `*` and `?` stand for anything where `wild` is set, and `${key}` for the caller's value of
 * that key, taken literally. `undefined` when such a value is not there: then the pattern matches nothing, as in IAM.
 */
export function patternOf(text: string, context: Context, wild: boolean): RegExp | undefined {
  let source = "";
  for (const part of text.split(/(\$\{[^}]*\})/)) {
    const variable = /^\$\{([^}]*)\}$/.exec(part)?.[1];
    if (variable === undefined) source += wild ? wildSource(part) : escaped(part);
    else if (/^[*?$]$/.test(variable)) source += escaped(variable);
    else {
      const [value, ...more] = context.get(variable.toLowerCase()) ?? [];
      if (value === undefined || more.length > 0) return undefined;
      source += escaped(value);
    }
  }
  return new RegExp(`^${source}$`, "u");
}

const wildSource = (text: string): string =>
  text.replace(/[*?]|[^*?]+/g, (part) => (part === "*" ? "[^]*" : part === "?" ? "[^]" : escaped(part)));

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
