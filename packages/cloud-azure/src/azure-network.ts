import type { HttpClient } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { isBefore, isRetryable, refusal, SallyportError, seconds } from "@sallyport/contracts";
import type { Instant, ObjectId, Refusal } from "@sallyport/contracts";
import type { Clock, Log } from "@sallyport/backbone";
import type { Capabilities, CloudNetwork, Outcome } from "@sallyport/cloud";
import { isCollection } from "@sallyport/domain";
import type { AzureNet, AzureRule, Change, FirewallCollection, NsgRule } from "@sallyport/domain";
import { createAdminRules } from "./admin-rules.ts";
import { createArm } from "./arm.ts";
import type { Arm } from "./arm.ts";
import { armIdOf } from "./arm-id.ts";
import { createOneByOne } from "./one-by-one.ts";
import { readAround } from "./read.ts";
import { credentialOf } from "./settings.ts";
import type { AzureSettings } from "./settings.ts";
import { surveySubscription } from "./survey.ts";
import { writeFirewall } from "./write-firewall.ts";
import { writeRule } from "./write-rule.ts";

export interface AzureNetworkDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** The enrolled subscriptions; every other one is a fault. */
  readonly subscriptionIds: readonly string[];
  readonly settings?: AzureSettings;
  /** Instead of what the settings would make. */
  readonly credential?: TokenCredential;
  /** Carries the SDKs' requests; sockets when absent. */
  readonly httpClient?: HttpClient;
}

const capabilities: Capabilities = { cloud: "azure", usualWriteTime: seconds(15), parallelWrites: 16 };

/**
 * Azure's NSGs and firewalls through the unmodified SDKs: reads whole paths, writes an NSG's rules one by one and a firewall as one
 * document, and waits for each write to be in force.
 */
export function createAzureNetwork(deps: AzureNetworkDeps): CloudNetwork<AzureNet, AzureRule> {
  const { clock, log, subscriptionIds, settings = {}, httpClient } = deps;
  const credential = deps.credential ?? credentialOf(settings, httpClient);
  const { endpoint, caPem } = settings;
  const arms = new Map<string, Arm>();
  const enrolled = new Set(subscriptionIds.map((id) => id.toLowerCase()));
  const armOf = (subscription: string): Arm => {
    const id = subscription.toLowerCase();
    if (!enrolled.has(id))
      throw new SallyportError({ code: "scope.not-enrolled", detail: `subscription ${id} is not connected` });
    const arm =
      arms.get(id) ??
      createArm({
        credential,
        subscriptionId: id,
        clock,
        ...(endpoint !== undefined && { endpoint }),
        ...(caPem !== undefined && { caPem }),
        ...(httpClient !== undefined && { httpClient }),
      });
    arms.set(id, arm);
    return arm;
  };

  const oneByOne = createOneByOne(clock);

  const adminRulesOf = createAdminRules(armOf, clock);

  return {
    capabilities,
    read: (of) => readAround(armOf, adminRulesOf, of),
    survey: (scope) => surveySubscription(armOf(scope), adminRulesOf),
    write: async (object, changes, before) => {
      const parts = armIdOf(object);
      if (parts?.type === "azurefirewalls")
        return firewall(armOf(parts.subscription), object, changes.filter(isOfFirewall), before);
      if (parts?.type !== "networksecuritygroups") throw new Error(`${object} is neither an NSG nor a firewall`);
      const arm = armOf(parts.subscription);
      const outcomes: Outcome[] = [];
      for (const change of changes.filter(isOfNsg)) {
        const previous = outcomes.at(-1);
        const write = () => one(arm, change, previous, before);
        outcomes.push(await oneByOne(object, change.verb === "delete", write));
      }
      return outcomes;
    },
  };

  async function firewall(
    arm: Arm,
    object: ObjectId,
    changes: readonly Change<FirewallCollection>[],
    before: Instant | undefined,
  ): Promise<readonly Outcome[]> {
    try {
      const kind = await writeFirewall(arm, clock, object, changes, before);
      log.debug("wrote a firewall", { object, changes: changes.length, outcome: kind });
      return changes.map(() => ({ kind }));
    } catch (error) {
      const refused = refusalIn(error, object);
      if (refused === undefined) throw error;
      log.warn("azure refused a firewall", { object, why: refused.detail });
      return changes.map(() => ({ kind: "refused", refusal: refused }));
    }
  }

  async function one(
    arm: Arm,
    change: Change<NsgRule>,
    previous: Outcome | undefined,
    before: Instant | undefined,
  ): Promise<Outcome> {
    if (previous?.kind === "refused" || previous?.kind === "skipped") return { kind: "skipped" };
    if (before !== undefined && !isBefore(clock.now(), before)) return { kind: "too-late" };
    try {
      const kind = await writeRule(arm, clock, change);
      log.debug("wrote a rule", { object: change.object, rule: change.rule.name, verb: change.verb, outcome: kind });
      return { kind };
    } catch (error) {
      const refused = refusalIn(error, change.object);
      if (refused === undefined) throw error;
      log.warn("azure refused a rule", { object: change.object, rule: change.rule.name, why: refused.detail });
      return { kind: "refused", refusal: refused };
    }
  }
}

const isOfFirewall = (change: Change<AzureRule>): change is Change<FirewallCollection> => isCollection(change.rule);
const isOfNsg = (change: Change<AzureRule>): change is Change<NsgRule> => !isCollection(change.rule);

/** A fault that no waiting mends is an answer: refused for good. */
function refusalIn(error: unknown, object: ObjectId): Refusal | undefined {
  if (!(error instanceof SallyportError) || isRetryable(error)) return undefined;
  return refusal(error.code, error.message, { object });
}
