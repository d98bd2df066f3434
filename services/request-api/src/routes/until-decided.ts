import type { RequestId } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { requestRows } from "../views/requests.ts";
import type { RequestRow } from "../views/requests.ts";

/** Waits until none of a request's grants is on its way: each is refused, waits for a person, is open, or has ended. */
export const untilDecided = (
  { records, waiting }: Pick<HandlerDeps, "records" | "waiting">,
  id: RequestId,
  waitMs: number,
): Promise<RequestRow | undefined> =>
  waiting.until(
    id,
    waitMs,
    async () => (await records.get(requestRows, id))?.value.value,
    (row) => row?.grants.every(({ status }) => status !== "Requested" && status !== "Approved") ?? false,
  );
