import { wait } from "@sallyport/backbone";
import { msOf } from "@sallyport/contracts";
import type { Estate } from "../world/aws/estate.ts";
import type { Ground } from "../world/ground.ts";
import type { WireResponse } from "../wire.ts";
import type { Authenticated } from "./authenticate.ts";
import { createStsLimiter } from "./limits.ts";
import type { Ec2Limits } from "./limits.ts";
import type { Query } from "./query.ts";
import { refusalResponse, refuse } from "./refusal.ts";
import { answerResponse } from "./respond.ts";
import { stsActions } from "./sts.ts";
import { lostReply, scriptedRefusal } from "./trouble.ts";
import { plainElementsOf } from "./xml.ts";

/** Answers a call of STS; a session that it gives out is saved before the caller learns of it. */
export function createStsAnswer(estate: Estate, ground: Ground, limits: Ec2Limits | undefined) {
  const { clock, faults, newId } = ground;
  const isThrottled = createStsLimiter(limits, clock);
  const newSecret = (length: number): string => {
    let secret = "";
    while (secret.length < length) secret += newId().replaceAll("-", "").toUpperCase();
    return secret.slice(0, length);
  };
  return async (query: Query, { identity, region }: Authenticated, requestId: string): Promise<WireResponse> => {
    const name = query.text("Action") ?? "";
    const action = stsActions.get(name);
    if (action === undefined)
      return refusalResponse("sts", refuse("InvalidAction", `Could not find operation ${name}`), requestId);
    const resources = [region, query.text("RoleArn") ?? []].flat();
    const taken = faults.take({ cloud: "aws", method: name, resources, operation: name }, [
      "status",
      "delay",
      "lose-reply",
    ]);
    for (const effect of taken) if (effect.kind === "delay") await wait(clock, effect.ms);
    const status = taken.find((effect) => effect.kind === "status");
    if (status !== undefined) return scriptedRefusal("sts", status, resources, requestId);
    if (isThrottled(`${identity.accountId} ${region}`))
      return refusalResponse("sts", refuse("Throttling", "Rate exceeded"), requestId);
    const outcome = action({
      query,
      identity,
      region,
      now: clock.now(),
      roleOf: estate.role,
      accountOf: (accessKeyId) => estate.identityOf(accessKeyId)?.accountId,
      secret: estate.secretOf(identity.accountId),
      managedPolicyOf: estate.managedPolicy,
      newSecret,
    });
    if ("refused" in outcome) return refusalResponse("sts", outcome.refused, requestId);
    if (outcome.session !== undefined) {
      estate.addSession(outcome.session.accountId, outcome.session.session, msOf(clock.now()));
      await ground.save();
    }
    const lost = taken.find((effect) => effect.kind === "lose-reply");
    return lost === undefined
      ? answerResponse("sts", name, plainElementsOf(outcome.answer), requestId)
      : lostReply(lost);
  };
}
