import { jitActions } from "./actions.ts";
import { matchesAction } from "./match-action.ts";

/**
 * Whether a role's action can be meant: of the form that Azure writes, and, where it speaks of JIT policies, one that there is or a
 * pattern that covers one. A misspelt action would grant nothing, or take nothing back, and nobody would be told.
 */
export function isKnownAction(pattern: string): boolean {
  if (!FORM.test(pattern)) return false;
  return !OF_JIT.test(pattern) || Object.values(jitActions).some((action) => matchesAction(pattern, action));
}

const FORM = /^(?:\*[\w.*/-]*|[\w.*-]+\/[\w.*/-]+)$/;
const OF_JIT = /^Microsoft\.Security\/locations\/jit/i;
