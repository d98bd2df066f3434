import type { z } from "zod";

/** What is wrong with one field, and what would be accepted there; never the value itself, which may be a secret. */
export interface FieldProblem {
  /** JSON pointer (RFC 6901); empty for the whole. */
  readonly field: string;
  readonly expected: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Every field that is wrong, each named as deeply as it can be. */
export const fieldProblems = (error: z.ZodError): readonly FieldProblem[] =>
  error.issues.flatMap((issue) => problemsOf(issue, []));

function problemsOf(issue: Issue, parent: Path): readonly FieldProblem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ field: pointerOf([...path, key]), expected: "to be left out" }));
  if (issue.code === "invalid_union" && issue.errors.length > 0)
    return closestBranch(issue.errors).flatMap((inner) => problemsOf(inner, path));
  return [{ field: pointerOf(path), expected: expectationOf(issue) }];
}

/** Of the forms that a value may have, the one that it was most likely meant to have: of its type, or wrong only deep inside. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const distance = (issues: readonly Issue[]) =>
    issues.some((issue) => issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value"))
      ? 1
      : 0;
  const [closest, ...others] = [...branches].sort((a, b) => distance(a) - distance(b));
  if (closest === undefined) return [];
  const isTie = distance(closest) === 1 && others.length > 0;
  if (!isTie) return closest;
  const message = [closest, ...others].flatMap((issues) => issues.map(expectationOf)).join(" or ");
  return [{ code: "custom", path: [], message, input: undefined }];
}

function expectationOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return article(issue.expected);
    case "invalid_value":
      return issue.values.length === 1 ? JSON.stringify(issue.values[0]) : `one of ${issue.values.join(", ")}`;
    case "too_small":
      return `at least ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `at most ${issue.maximum}${unitOf(issue.origin)}`;
    case "invalid_format":
      return issue.message.startsWith("expected ")
        ? issue.message.slice("expected ".length)
        : `a valid ${issue.format}`;
    case "custom":
      return issue.message.replace(/^expected /, "");
    case "not_multiple_of":
    case "unrecognized_keys":
    case "invalid_union":
    case "invalid_key":
    case "invalid_element":
      return issue.message;
  }
}

const article = (type: string): string =>
  type === "int" ? "a whole number" : /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" ? " items" : "";
}

const pointerOf = (path: Path): string =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
