import { msOf } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";

const LATEST_MS = 9_999_999_999_999;

/** Index text by which the newest comes first: tables are read upwards only. */
export const newestFirst = (at: Instant): string => String(LATEST_MS - msOf(at)).padStart(13, "0");
