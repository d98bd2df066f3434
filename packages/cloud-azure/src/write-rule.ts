import { isRetryable, SallyportError } from "@sallyport/contracts";
import type { ObjectId } from "@sallyport/contracts";
import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import type { Change, NsgRule } from "@sallyport/domain";
import { parseNsgRule, saysTheSame } from "@sallyport/domain";
import type { Arm } from "./arm.ts";
import { awaitOperation } from "./operation.ts";
import { bodyOfRule } from "./rule-body.ts";
import { faultOfAnswer } from "./translate.ts";

const VERIFY_EVERY_MS = 1000;
const VERIFY_AT_MOST = 60;

/** Puts or deletes one rule by its own name, and waits until it is in force. Throws whatever keeps it from that. */
export async function writeRule(arm: Arm, clock: Clock, change: Change<NsgRule>): Promise<"done" | "already"> {
  const url = arm.urlOf(`${change.object}/securityRules/${encodeURIComponent(change.rule.name)}`);
  const doing = `${change.verb === "put" ? "putting" : "deleting"} ${change.rule.name} on ${nameOf(change.object)}`;
  try {
    return await (change.verb === "put" ? put(change.rule) : remove());
  } catch (error) {
    if (error instanceof SallyportError && isUncertain(error) && (await isThere())) return "done";
    throw error;
  }

  async function put(rule: NsgRule): Promise<"done"> {
    const answer = await arm.send(doing, "PUT", url, { body: bodyOfRule(rule) });
    if (answer.status === 404)
      // The NSG is gone: what is left to do, a fresh read says.
      throw new SallyportError({ code: "azure.not-found", retryable: true, detail: `${doing}: the NSG is gone` });
    if (answer.status >= 300) throw faultOfAnswer(doing, answer, clock.now());
    await awaitOperation(arm, clock, doing, answer);
    return "done";
  }

  async function remove(): Promise<"done" | "already"> {
    const answer = await arm.send(doing, "DELETE", url);
    if (answer.status === 404 || answer.status === 204) return "already";
    if (answer.status >= 300) throw faultOfAnswer(doing, answer, clock.now());
    await awaitOperation(arm, clock, doing, answer);
    return "done";
  }

  /** Verify, then success: whether what we wanted holds, although its answer was lost. Asks until nothing is under way any more. */
  async function isThere(): Promise<boolean> {
    for (let asked = 0; asked < VERIFY_AT_MOST; asked += 1) {
      const answer = await arm.send(doing, "GET", url);
      if (answer.status === 404) return change.verb === "delete";
      if (answer.status >= 300) return false;
      const state = provisioningStateIn(answer.json);
      if (state !== "updating" && state !== "deleting") {
        const found = parseNsgRule(answer.json);
        return change.verb === "put" && state === "succeeded" && found !== undefined && saysTheSame(found, change.rule);
      }
      await wait(clock, VERIFY_EVERY_MS);
    }
    return false;
  }
}

/** Nothing, or a gateway, answered: the write may have been carried out all the same (P26). */
const isUncertain = (error: SallyportError): boolean => error.code === "azure.unavailable" && isRetryable(error);

const nameOf = (object: ObjectId): string => object.slice(object.lastIndexOf("/") + 1);

/** Of a resource's body, in lower case. */
export function provisioningStateIn(json: unknown): string {
  const properties = typeof json === "object" && json !== null && "properties" in json ? json.properties : undefined;
  const state =
    typeof properties === "object" && properties !== null && "provisioningState" in properties
      ? properties.provisioningState
      : undefined;
  return typeof state === "string" ? state.toLowerCase() : "succeeded";
}
