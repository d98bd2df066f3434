export type Side = "ours" | "floor";

/** ABBA: whatever drifts in time meets both sides alike. Each side gets `pairs` blocks. */
export const interleave = (pairs: number): readonly Side[] =>
  Array.from({ length: pairs }, (_, i): readonly Side[] =>
    i % 2 === 0 ? ["ours", "floor"] : ["floor", "ours"],
  ).flat();

/** Neighbours of an interleaved run: each block of ours with the floor's next to it. Pairs with a dropped block are left out. */
export function pairUp<Block>(
  blocks: readonly { readonly side: Side; readonly block: Block | undefined }[],
): readonly { readonly ours: Block; readonly floor: Block }[] {
  const pairs: { readonly ours: Block; readonly floor: Block }[] = [];
  for (let i = 0; i + 1 < blocks.length; i += 2) {
    const both = [blocks[i], blocks[i + 1]];
    const ours = both.find((one) => one?.side === "ours")?.block;
    const floor = both.find((one) => one?.side === "floor")?.block;
    if (ours !== undefined && floor !== undefined) pairs.push({ ours, floor });
  }
  return pairs;
}
