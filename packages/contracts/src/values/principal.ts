import { z } from "zod";
import { PrincipalId } from "./ids.ts";

/** Who asked. Rights hang on `id` alone; the display name is for people and may change (http-and-cli.md §3.2). */
export const Principal = z.object({
  id: PrincipalId,
  displayName: z.string().max(256).optional(),
});
export type Principal = z.infer<typeof Principal>;
