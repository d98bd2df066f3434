import { z } from "zod";

/** How every list is asked for: the cursor is opaque, and comes from `next` of the page before. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50).describe("how many to answer at most, 1 to 200"),
  cursor: z.string().max(2048).optional().describe("where to go on: the cursor in the `next` of the page before"),
});

/** How every list is answered: without `next`, this was the last page. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().describe("path and query of the next page; also in the Link header"),
  });
