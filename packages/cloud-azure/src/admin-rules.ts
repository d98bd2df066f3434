import { isRetryable, SallyportError } from "@sallyport/contracts";
import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import type { AdminRulesBody } from "@sallyport/domain";
import { armIdOf } from "./arm-id.ts";
import type { ArmOf } from "./arm.ts";
import type { neededActions } from "./authorization/needed-actions.ts";

/** The security admin rules in force in a network, or why nobody here knows them; never a fault, for a closing must not wait for them. */
export type AdminRulesOf = (vnet: string) => Promise<AdminRulesBody>;

/** A deployment of a network manager takes minutes: the steps of one grant need not ask each for itself. */
const FRESH_MS = 60_000;
/** Where Azure does not answer for the moment, what it answered lately still holds. */
const USABLE_MS = 15 * 60_000;
const TRIES = 3;
const PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 10_000;
/** No network has so many rules; an answer that never ends is none. */
const MOST_PAGES = 100;

interface Remembered {
  readonly body: AdminRulesBody;
  readonly atMs: number;
}

/** One call for each network and minute, whatever asks for it (azure.md §7). */
export function createAdminRules(armOf: ArmOf, clock: Clock): AdminRulesOf {
  const known = new Map<string, Remembered>();
  const underWay = new Map<string, Promise<AdminRulesBody>>();
  return (vnet) => {
    const key = vnet.toLowerCase();
    const last = known.get(key);
    if (last !== undefined && clock.elapsed() - last.atMs < FRESH_MS) return Promise.resolve(last.body);
    const asked = underWay.get(key) ?? ask(key).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  };

  async function ask(vnet: string): Promise<AdminRulesBody> {
    for (let tried = 1; ; tried += 1) {
      try {
        return remember({ vnet, rules: await rulesIn(vnet) });
      } catch (error) {
        if (!(error instanceof SallyportError)) throw error;
        const last = known.get(vnet);
        if (!isRetryable(error) || error.code === "azure.unauthorized") return remember(forbidden(vnet, error));
        if (tried === TRIES)
          return last !== undefined && clock.elapsed() - last.atMs < USABLE_MS ? last.body : away(vnet, error);
        await wait(clock, Math.min(error.retryAfterMs ?? PAUSE_MS, LONGEST_PAUSE_MS));
      }
    }
  }

  function remember(body: AdminRulesBody): AdminRulesBody {
    known.set(body.vnet, { body, atMs: clock.elapsed() });
    return body;
  }

  async function rulesIn(vnet: string): Promise<readonly unknown[]> {
    const parts = armIdOf(vnet);
    if (parts === undefined) throw new Error(`${vnet} is no network`);
    const arm = armOf(parts.subscription);
    const rules: unknown[] = [];
    let skipToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const what = `the security admin rules of ${parts.name}`;
      const from = skipToken === undefined ? {} : { skipToken };
      const body = await arm.get(what, (options) =>
        arm.network.listNetworkManagerEffectiveSecurityAdminRules(parts.group, parts.name, from, options),
      );
      if (body === undefined)
        throw new SallyportError({ code: "azure.not-found", detail: `reading ${what}: there is nothing that answers` });
      const { value, next } = pageIn(what, body);
      rules.push(...value);
      if (next === undefined || next === skipToken) return rules;
      skipToken = next;
    }
    throw new SallyportError({
      code: "cloud.unreadable",
      detail: `the security admin rules of ${parts.name} do not end`,
    });
  }
}

const away = (vnet: string, { message }: SallyportError): AdminRulesBody => ({ vnet, unread: message, mayPass: true });

const LIST_ADMIN_RULES =
  "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action" satisfies keyof typeof neededActions;

/** For good, until somebody does something: who is not permitted is told what permits it. */
const forbidden = (vnet: string, { code, message }: SallyportError): AdminRulesBody => ({
  vnet,
  unread:
    code === "azure.unauthorized"
      ? `${message}; give Sallyport ${LIST_ADMIN_RULES} on ${vnet}, which the role of "sallyport role azure" holds`
      : message,
});

function pageIn(
  what: string,
  body: unknown,
): { readonly value: readonly unknown[]; readonly next: string | undefined } {
  const { value, skipToken }: { readonly value?: unknown; readonly skipToken?: unknown } =
    typeof body === "object" && body !== null ? body : {};
  // An answer without rules, where there are none, still says that it is a list.
  if (!Array.isArray(value)) throw new SallyportError({ code: "cloud.unreadable", detail: `reading ${what}: no list` });
  return { value, next: typeof skipToken === "string" && skipToken !== "" ? skipToken : undefined };
}
