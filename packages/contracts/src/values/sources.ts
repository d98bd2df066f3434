import { z } from "zod";
import { ANY_SOURCE, Cidr } from "./address.ts";

/** Where traffic may come from: ranges in canonical form. `*` stands for every address of both families. */
export const Sources = z
  .union([z.literal("*"), z.array(Cidr).min(1).max(64)])
  .transform((sources): readonly Cidr[] => (sources === "*" ? ANY_SOURCE : [...new Set(sources)].sort()))
  .describe('addresses or CIDR ranges, or "*" for any');
export type Sources = z.infer<typeof Sources>;
