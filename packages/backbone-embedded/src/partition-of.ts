/** How many partitions each topic has. Part of the file's format: a VM whose partition changed would lose its order. */
export const PARTITIONS = 16;

/** The partition of a key: FNV-1a over its UTF-16 units, so that one VM's events are always in one. */
export function partitionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % PARTITIONS;
}
