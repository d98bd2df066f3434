import { topics } from "@sallyport/contracts";
import type { Sql } from "./sql.ts";

const AT_MOST = 1000;

/**
 * Removes old messages: all that are older than the retention on a topic that is cleaned up by deleting, and those that a later
 * message of the same key replaces on a compacted one (settled.md §3).
 */
export function trimLog(sql: Sql, olderThanMs: number): void {
  for (const [topic, { cleanup }] of Object.entries(topics)) {
    const replaced =
      cleanup === "compact"
        ? "AND EXISTS (SELECT 1 FROM log later WHERE later.topic = log.topic AND later.key = log.key AND later.position > log.position)"
        : "";
    sql.run(
      `DELETE FROM log WHERE position IN (SELECT position FROM log WHERE topic = ? AND at < ? ${replaced} ORDER BY position LIMIT ?)`,
      [topic, olderThanMs, AT_MOST],
    );
  }
}
