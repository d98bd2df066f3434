import { isBefore, SallyportError } from "@sallyport/contracts";
import type { Instant, ObjectId } from "@sallyport/contracts";
import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import type { Change, FirewallCollection } from "@sallyport/domain";
import type { Arm } from "./arm.ts";
import { bodyOf, changed, clashIn, governedBy } from "./firewall-document.ts";
import type { FirewallDocument } from "./firewall-document.ts";
import { awaitOperation } from "./operation.ts";
import { faultOfAnswer } from "./translate.ts";
import { provisioningStateIn } from "./write-rule.ts";

/** Whoever writes now has minutes to go. */
const LOOK_AGAIN_MS = 10_000;
/** Looks at a firewall that somebody else is writing: half an hour. */
const MOST_LOOKS = 180;
/** Writes of one call: a failed one is repeated, and one that found the firewall locked (P37). */
const MOST_WRITES = 5;

/**
 * Writes changes into a firewall, as one document and one PUT (azure.md §9): the live one, read just before, plus the changes. A
 * firewall that has come under a policy meanwhile is refused (P13). Returns when the write is in force on every instance: a firewall
 * whose write failed is written again, with nothing changed, too. Throws what may pass.
 */
export async function writeFirewall(
  arm: Arm,
  clock: Clock,
  object: ObjectId,
  changes: readonly Change<FirewallCollection>[],
  before: Instant | undefined,
): Promise<"done" | "already" | "too-late"> {
  const url = arm.urlOf(object);
  const name = object.slice(object.lastIndexOf("/") + 1);
  const doing = `writing ${name}`;
  const isClosing = changes.every(({ verb }) => verb === "delete");
  let wrote = false;
  let last: SallyportError | undefined;
  for (let write = 0; write < MOST_WRITES; write += 1) {
    const document = await settled();
    if (document === undefined) {
      if (isClosing) return "already";
      throw new SallyportError({ code: "azure.not-found", retryable: true, detail: `${doing}: the firewall is gone` });
    }
    const policy = governedBy(document);
    if (policy !== undefined) {
      // Its classic rules are not in force, so there is nothing to close; and nothing can be opened.
      if (isClosing) return "already";
      throw new SallyportError({
        code: "network.unsupported",
        detail: `${name} is governed by ${policy} now: classic rules cannot be written`,
      });
    }
    const next = changed(document, changes);
    if (next === document && provisioningStateIn(document) === "succeeded") return wrote ? "done" : "already";
    if (before !== undefined && !isBefore(clock.now(), before)) return "too-late";
    const clash = clashIn(document, changes);
    if (clash !== undefined)
      throw new SallyportError({ code: "azure.priority-conflict", detail: `${doing}: priority ${clash} is taken` });
    try {
      await put(next, document["etag"]);
      return "done";
    } catch (error) {
      if (!(error instanceof SallyportError) || !MAY_GO_ON.has(error.code)) throw error;
      // Read afresh: it may have been carried out, or half of it, or somebody else's.
      wrote = true;
      last = error;
      await wait(clock, error.retryAfterMs ?? LOOK_AGAIN_MS);
    }
  }
  throw last ?? new SallyportError({ code: "azure.locked", detail: `${doing}: it could not be written` });

  async function put(next: FirewallDocument, etag: unknown): Promise<void> {
    const answer = await arm.send(doing, "PUT", url, {
      body: bodyOf(next),
      ...(typeof etag === "string" && { ifMatch: etag }),
    });
    if (answer.status >= 300) throw faultOfAnswer(doing, answer, clock.now());
    await awaitOperation(arm, clock, doing, answer);
  }

  /** The document, once nobody is writing it; `undefined` when the firewall is gone. */
  async function settled(): Promise<FirewallDocument | undefined> {
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const answer = await arm.send(doing, "GET", url);
      if (answer.status === 404) return undefined;
      if (answer.status >= 300) throw faultOfAnswer(doing, answer, clock.now());
      if (!isDocument(answer.json))
        throw new SallyportError({ code: "cloud.unreadable", detail: `${doing}: the answer is no firewall` });
      const state = provisioningStateIn(answer.json);
      if (state !== "updating" && state !== "deleting") return answer.json;
      await wait(clock, LOOK_AGAIN_MS);
    }
    throw new SallyportError({
      code: "azure.locked",
      detail: `${doing}: somebody else's write does not come to an end`,
    });
  }
}

/** Faults after which the same changes may be written into a fresh read. */
const MAY_GO_ON: ReadonlySet<string> = new Set([
  "azure.locked",
  "azure.operation-failed",
  "azure.superseded",
  "azure.conflict",
  "azure.unavailable",
]);

const isDocument = (json: unknown): json is FirewallDocument =>
  typeof json === "object" && json !== null && "properties" in json;
