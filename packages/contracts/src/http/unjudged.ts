import { z } from "zod";

/** What a list leaves out because nobody knows whether it belongs there: that something is not in it means nothing then. */
export const Unjudged = z.object({
  count: z.int().min(1).describe("how many were looked at for this answer and could not be judged"),
  code: z.literal("rbac.lookup-failed").describe("why"),
  detail: z.string().describe("what that means, and what to do"),
});
export type Unjudged = z.infer<typeof Unjudged>;

/** For lists of what each caller may see by their roles. */
export const unjudged = {
  unjudged: Unjudged.optional().describe(
    "only where the caller's roles could not be looked up for some: what is listed is right, and may not be all",
  ),
};
