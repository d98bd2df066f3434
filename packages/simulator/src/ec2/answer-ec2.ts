import { wait } from "@sallyport/backbone";
import { plusMs } from "@sallyport/contracts";
import type { Identity } from "../world/aws/account.ts";
import type { Estate } from "../world/aws/estate.ts";
import type { AwsRegion } from "../world/aws/region.ts";
import type { Call } from "../world/faults.ts";
import type { Ground } from "../world/ground.ts";
import type { Caller } from "../world/history.ts";
import type { WireResponse } from "../wire.ts";
import type { Action, Outcome } from "./action.ts";
import { unauthorized } from "./authorize-call.ts";
import { resourcesOf } from "./call-resources.ts";
import { kindOf, notFound } from "./ids.ts";
import { createEc2Limiter } from "./limits.ts";
import type { Ec2Limits } from "./limits.ts";
import { strangeParameter } from "./parameters.ts";
import type { Query } from "./query.ts";
import { missing, refusalResponse, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { answerResponse } from "./respond.ts";
import { lostReply, scriptedRefusal } from "./trouble.ts";
import { elementsOf } from "./xml.ts";

/** One EC2 call on its way: who asks what, where. */
export interface Ec2Call {
  readonly name: string;
  readonly action: Action;
  readonly query: Query;
  readonly accountId: string;
  readonly region: string;
  readonly caller: Caller;
  /** Absent for a neighbour, whom nobody asks. */
  readonly identity?: Identity;
  readonly requestId: string;
}

export interface Ec2Answers {
  /** What a client gets: script first, then the call's form, then whether he may, then the action. */
  readonly answer: (call: Ec2Call) => Promise<WireResponse>;
  /** The bare action, recorded and saved: a neighbour's edit. */
  readonly apply: (call: Ec2Call) => Promise<WireResponse>;
}

export function createEc2Answers(estate: Estate, ground: Ground, limits: Ec2Limits | undefined): Ec2Answers {
  const { clock, faults } = ground;
  const isThrottled = createEc2Limiter(limits, clock);
  const newId = (prefix: string) => `${prefix}-0${ground.newId().replaceAll("-", "").slice(-16)}`;
  const regionOf = ({ accountId, region }: Ec2Call): AwsRegion => estate.region(accountId, region);
  const run = ({ action, query, accountId }: Ec2Call, region: AwsRegion): Outcome =>
    action.run({
      region,
      query,
      now: clock.now(),
      others: () =>
        estate.regions().filter(({ accountId: id, name }) => name === region.name && id !== region.accountId),
      regionNames: estate.regionNames(accountId),
      newId,
    });

  const answer = async (call: Ec2Call): Promise<WireResponse> => {
    const resources = resourcesOf(regionOf(call), call.query);
    const scripted: Call = { cloud: "aws", method: call.name, resources, operation: call.name };
    const taken = faults.take(scripted, ["status", "delay", "lose-reply"]);
    for (const effect of taken) if (effect.kind === "delay") await wait(clock, effect.ms);
    const status = taken.find((effect) => effect.kind === "status");
    if (status !== undefined) {
      const response = scriptedRefusal("ec2", status, resources, call.requestId);
      if (call.action.kind === "write") record(call, objectOf(call) ?? "", response.status, status.code ?? "scripted");
      return response;
    }
    if (isThrottled(`${call.accountId} ${call.region}`, call.name, call.action.kind, call.query))
      return throttled(call);
    const wrong = wrongForm(call) ?? forbidden(call) ?? unseen(call, scripted) ?? dryRun(call);
    if (wrong !== undefined) {
      if (call.action.kind === "write" && wrong.code === "UnauthorizedOperation")
        record(call, objectOf(call) ?? "", wrong.status, wrong.code);
      return refusalResponse("ec2", wrong, call.requestId);
    }
    const response = call.action.kind === "read" ? read(call, scripted) : await write(call, scripted);
    const lost = taken.find((effect) => effect.kind === "lose-reply");
    return lost === undefined ? response : lostReply(lost);
  };

  const throttled = (call: Ec2Call): WireResponse => {
    const refusal = refuse("RequestLimitExceeded", "Request limit exceeded.", 503);
    if (call.action.kind === "write") record(call, objectOf(call) ?? "", refusal.status, refusal.code);
    return refusalResponse("ec2", refusal, call.requestId);
  };

  /** By script, what was made a moment ago is not found yet by who names it; a filter that matches nothing is no error. */
  const unseen = (call: Ec2Call, scripted: Call): Refusal | undefined => {
    const region = regionOf(call);
    const named = new Set(
      Object.entries(call.query.all()).flatMap(([name, value]) => (name.startsWith("Filter.") ? [] : value)),
    );
    const made = scripted.resources.flatMap((id) => {
      if (!named.has(id)) return [];
      const at = estate.madeAt(region, id);
      return at === undefined ? [] : [{ id, at }];
    });
    if (made.length === 0) return undefined;
    const [late] = faults.take(scripted, ["not-yet-visible"]);
    const lost = late && made.find(({ at }) => late.forMs === undefined || clock.now() < plusMs(at, late.forMs));
    return lost && notFound([lost.id], kindOf(lost.id));
  };

  const forbidden = (call: Ec2Call): Refusal | undefined =>
    call.identity &&
    unauthorized(
      call.identity,
      { ...call, region: regionOf(call) },
      clock.now(),
      estate.secretOf(call.identity.accountId),
    );

  const read = (call: Ec2Call, scripted: Call): WireResponse => {
    const region = regionOf(call);
    const [stale] = faults.take(scripted, ["stale-read"]);
    const before = stale && estate.before(region, scripted.resources);
    const isStill =
      before !== undefined && (stale?.forMs === undefined || clock.now() < plusMs(before.at, stale.forMs));
    return respond(call, run(call, isStill ? before.region : region));
  };

  const write = async (call: Ec2Call, scripted: Call): Promise<WireResponse> => {
    for (const edit of ground.outsiders.take(scripted)) await ground.outsider(edit);
    return apply(call);
  };

  /** The change is known to history, connections and disk before anybody is told. */
  const apply = async (call: Ec2Call): Promise<WireResponse> => {
    const region = regionOf(call);
    const outcome = run(call, region);
    const response = respond(call, outcome);
    const at = clock.now();
    if ("refused" in outcome) {
      record(call, objectOf(call) ?? "", response.status, outcome.refused.code);
      return response;
    }
    const recorded = record(call, outcome.created ?? objectOf(call) ?? "", response.status);
    if (outcome.next === undefined) return response;
    estate.commit(
      outcome.next,
      [...resourcesOf(region, call.query), outcome.created ?? []].flat(),
      at,
      outcome.created,
    );
    ground.changed(at, recorded);
    await ground.save();
    return response;
  };

  const record = (call: Ec2Call, object: string, status: number, code?: string) =>
    ground.record({
      at: clock.now(),
      caller: call.caller,
      cloud: "aws",
      object,
      verb: call.name,
      result: { status, ...(code !== undefined && { code }) },
      detail: call.query.all(),
    });

  return { answer, apply };
}

/** What a write is about: the one value, or the first of the list, of the parameter that says so. */
function objectOf({ action, query }: Ec2Call): string | undefined {
  const parameter = action.object ?? "";
  return query.text(parameter) ?? query.texts(parameter)[0];
}

/** An empty text is as good as none. */
const isGiven = (query: Query, name: string): boolean => query.text(name) !== "" && query.has(name);

function wrongForm({ name, action, query }: Ec2Call): Refusal | undefined {
  const strange = strangeParameter(name, Object.keys(query.all()));
  if (strange !== undefined)
    return strange.isReal
      ? refuse("UnsupportedOperation", `The parameter ${strange.name} is not simulated`)
      : refuse("UnknownParameter", `The parameter ${strange.name} is not recognized`);
  const lacking = action.required?.find((names) => !names.split("|").some((one) => isGiven(query, one)));
  return lacking === undefined ? undefined : missing(lacking.split("|")[0] ?? lacking);
}

/** The answer to a dry run is a refusal even if all is well (aws.md §2). */
const dryRun = ({ query }: Ec2Call): Refusal | undefined =>
  query.text("DryRun") === "true"
    ? refuse("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
    : undefined;

const respond = ({ name, action, requestId }: Ec2Call, outcome: Outcome): WireResponse =>
  "refused" in outcome
    ? refusalResponse("ec2", outcome.refused, requestId)
    : answerResponse("ec2", name, elementsOf(outcome.answer, action.names ?? {}), requestId);
