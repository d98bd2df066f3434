import { matchesAction } from "./match-action.ts";
import type { Condition } from "./roles.ts";

/** What is known of a condition without asking for anybody's attributes. */
export type Truth = "true" | "false" | "unknown";

/**
 * Judges an attribute condition for one action by what it says about actions alone: every comparison of attributes is unknown, and
 * so is the whole of a condition that names ours, or that cannot be read (rbac.md §6). So `(!(ActionMatches{'other'})) OR (…)` is
 * true for ours, and a bare comparison is unknown; who grants on a condition must find it true, who denies must find it false.
 */
export function judgeCondition({ text, version }: Condition, action: string): Truth {
  if (version !== "2.0") return "unknown";
  const tokens = tokensOf(text);
  if (tokens === undefined) return "unknown";
  if (tokens.some((token) => token.kind === "action" && matchesAction(token.pattern, action))) return "unknown";
  return readWhole(tokens) ?? "unknown";
}

/** Whether it can be read at all; a file that holds another is refused at load. */
export function isReadableCondition({ text, version }: Condition): boolean {
  const tokens = tokensOf(text);
  return version === "2.0" && tokens !== undefined && readWhole(tokens) !== undefined;
}

type Token =
  { readonly kind: "(" | ")" | "not" | "and" | "or" | "other" } | { readonly kind: "action"; readonly pattern: string };
interface Reading {
  readonly truth: Truth;
  readonly next: number;
}

const TOKEN =
  /\s+|(?<open>\()|(?<close>\))|(?<not>!(?!=)|NOT\b)|(?<and>&&|AND\b)|(?<or>\|\||OR\b)|ActionMatches\s*\{\s*'(?<action>[^']*)'\s*\}|(?<other>'[^']*'|[^\s()!&|']+)/iy;

function tokensOf(text: string): readonly Token[] | undefined {
  // Where such a text would end is not documented.
  if (text.includes("\\'")) return undefined;
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    const token = tokenOf(match.groups ?? {});
    if (token !== undefined) tokens.push(token);
  }
  return tokens;
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token | undefined {
  const { open, close, not, and, or, action, other } = groups;
  if (open !== undefined) return { kind: "(" };
  if (close !== undefined) return { kind: ")" };
  if (not !== undefined) return { kind: "not" };
  if (and !== undefined) return { kind: "and" };
  if (or !== undefined) return { kind: "or" };
  if (action !== undefined) return { kind: "action", pattern: action };
  return other === undefined ? undefined : { kind: "other" };
}

function readWhole(tokens: readonly Token[]): Truth | undefined {
  const read = readAlternatives(tokens, 0);
  return read !== undefined && read.next === tokens.length ? read.truth : undefined;
}

/** One level of a condition. A level that mixes AND and OR has no plain reading: unreadable. */
function readAlternatives(tokens: readonly Token[], from: number): Reading | undefined {
  let read = readTerm(tokens, from);
  const joint = tokens[read?.next ?? tokens.length]?.kind;
  if (joint !== "and" && joint !== "or") return read;
  while (read !== undefined && tokens[read.next]?.kind === joint) {
    const right = readTerm(tokens, read.next + 1);
    if (right === undefined) return undefined;
    read = {
      truth: joint === "and" ? both(read.truth, right.truth) : either(read.truth, right.truth),
      next: right.next,
    };
  }
  return read;
}

function readTerm(tokens: readonly Token[], from: number): Reading | undefined {
  const token = tokens[from];
  if (token === undefined) return undefined;
  switch (token.kind) {
    case "not": {
      const inner = readTerm(tokens, from + 1);
      return inner === undefined ? undefined : { truth: opposite[inner.truth], next: inner.next };
    }
    case "(": {
      const inner = readAlternatives(tokens, from + 1);
      return inner !== undefined && tokens[inner.next]?.kind === ")" ? { ...inner, next: inner.next + 1 } : undefined;
    }
    case "action":
      // Another than ours: who names ours has been answered already.
      return { truth: "false", next: from + 1 };
    case "other": {
      let next = from + 1;
      while (tokens[next]?.kind === "other") next += 1;
      return { truth: "unknown", next };
    }
    case ")":
    case "and":
    case "or":
      return undefined;
  }
}

const opposite = { true: "false", false: "true", unknown: "unknown" } as const satisfies Record<Truth, Truth>;

function both(a: Truth, b: Truth): Truth {
  if (a === "false" || b === "false") return "false";
  return a === "true" && b === "true" ? "true" : "unknown";
}

const either = (a: Truth, b: Truth): Truth => opposite[both(opposite[a], opposite[b])];
