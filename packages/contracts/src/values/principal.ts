import { z } from "zod";
import { PrincipalId } from "./ids.ts";

/** Who asked. Rights hang on `id` alone; the display name is for people and may change (http-and-cli.md §3.2). */
export const Principal = z.object({
  id: PrincipalId,
  displayName: z.string().max(256).optional(),
  /** Said of a program that signed in as itself, as with Entra's app-only tokens. People carry none, and API keys are known by their id. */
  kind: z.literal("service").optional(),
});
export type Principal = z.infer<typeof Principal>;

/** Whether this is an API key: its id says so. */
export const isApiKey = ({ id }: Pick<Principal, "id">): boolean => id.startsWith("key:");

/** Whether this is no person. Programs ask, and never approve (http-and-cli.md §3.4). */
export const isService = ({ id, kind }: Pick<Principal, "id" | "kind">): boolean =>
  kind === "service" || isApiKey({ id });
