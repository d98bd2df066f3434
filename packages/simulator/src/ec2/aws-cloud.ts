import { wait } from "@sallyport/backbone";
import { msOf, plusMs } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";
import { createEstate } from "../world/aws/estate.ts";
import { createAwsReachability } from "../world/aws/reachability.ts";
import type { AwsRegion } from "../world/aws/region.ts";
import type { CloudOptions, SimulatedCloud } from "../world/cloud-world.ts";
import type { AwsDocuments } from "../world/documents.ts";
import type { Call } from "../world/faults.ts";
import type { Ground } from "../world/ground.ts";
import type { Caller } from "../world/history.ts";
import type { OutsiderEdit } from "../world/outsiders.ts";
import type { WireRequest, WireResponse } from "../wire.ts";
import type { Action, Outcome } from "./action.ts";
import { actions } from "./actions.ts";
import { authenticate } from "./authenticate.ts";
import type { Authenticated } from "./authenticate.ts";
import { resourcesOf } from "./call-resources.ts";
import { parseQuery, queryFrom } from "./query.ts";
import type { Query } from "./query.ts";
import { XML_HEADERS, isRefusal, missing, refusalResponse, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { stsActions } from "./sts.ts";
import { lostReply, scriptedRefusal } from "./trouble.ts";
import { elementsOf, plainElementsOf } from "./xml.ts";

export type AwsOutsiderEdit = Extract<OutsiderEdit, { cloud: "aws" }>;

export interface AwsCloudOptions extends CloudOptions<AwsDocuments> {
  /** Epoch milliseconds on the clock by which clients sign; the world's own when absent. For worlds in virtual time. */
  readonly signersNow?: () => number;
}

const VERSIONS = { ec2: "2016-11-15", sts: "2011-06-15" } as const;
type Service = keyof typeof VERSIONS;

/** One EC2 call on its way: who asks what, where. */
interface Ec2Call {
  readonly name: string;
  readonly action: Action;
  readonly query: Query;
  readonly accountId: string;
  readonly regionName: string;
  readonly caller: Caller;
  readonly requestId: string;
}

/** EC2 (Query protocol) and STS on one origin, over one estate of accounts and regions. */
export function createAwsCloud(
  { documents, auth, signersNow }: AwsCloudOptions,
  ground: Ground,
): SimulatedCloud<AwsDocuments, AwsOutsiderEdit> {
  const estate = createEstate(documents);
  const { clock, faults } = ground;
  const newId = (prefix: string) => `${prefix}-0${ground.newId().replaceAll("-", "").slice(-16)}`;

  const wire = async (request: WireRequest): Promise<WireResponse> => {
    const requestId = ground.newId();
    const query = parseQuery(request.method === "GET" ? request.url.slice(request.url.indexOf("?") + 1) : request.body);
    const service: Service = query.text("Version") === VERSIONS.sts ? "sts" : "ec2";
    const now = signersNow?.() ?? msOf(clock.now());
    const authenticated = authenticate(request, service, { estate, auth, now });
    if (isRefusal(authenticated)) return refusalResponse(service, authenticated, requestId);
    const caller = { id: authenticated.identity.accessKeyId, agent: request.headers["user-agent"] ?? "" };
    if (service === "sts") return answerSts(query, authenticated, requestId);
    const action = actions.get(query.text("Action") ?? "");
    const wrong = wrongForm(query, action);
    if (wrong !== undefined || action === undefined)
      return refusalResponse("ec2", wrong ?? missing("Action"), requestId);
    return answerEc2({
      name: query.text("Action") ?? "",
      action,
      query,
      accountId: authenticated.identity.accountId,
      regionName: authenticated.region,
      caller,
      requestId,
    });
  };

  /** Script first, then the action itself: a read may be answered from the past, a write is met by what neighbours have planned. */
  const answerEc2 = async (call: Ec2Call): Promise<WireResponse> => {
    const region = estate.region(call.accountId, call.regionName);
    const resources = resourcesOf(region, call.query);
    const scripted: Call = { cloud: "aws", method: call.name, resources, operation: call.name };
    const taken = faults.take(scripted, ["status", "delay", "lose-reply"]);
    for (const effect of taken) if (effect.kind === "delay") await wait(clock, effect.ms);
    const status = taken.find((effect) => effect.kind === "status");
    if (status !== undefined) {
      const response = scriptedRefusal("ec2", status, resources, call.requestId);
      if (call.action.kind === "write")
        record(call, call.query.text(call.action.object ?? "") ?? resources[0] ?? "", response.status, "scripted");
      return response;
    }
    const required = call.action.required?.find((names) => !names.split("|").some((name) => call.query.has(name)));
    if (required !== undefined) return refusalResponse("ec2", missing(required.split("|")[0] ?? ""), call.requestId);
    if (call.query.text("DryRun") === "true")
      return refusalResponse(
        "ec2",
        refuse("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412),
        call.requestId,
      );
    const response = call.action.kind === "read" ? read(call, scripted) : await write(call, scripted);
    const lost = taken.find((effect) => effect.kind === "lose-reply");
    return lost === undefined ? response : lostReply(lost);
  };

  const read = (call: Ec2Call, scripted: Call): WireResponse => {
    const region = estate.region(call.accountId, call.regionName);
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

  const apply = async (call: Ec2Call): Promise<WireResponse> => {
    const region = estate.region(call.accountId, call.regionName);
    const outcome = run(call, region);
    const at = clock.now();
    const response = respond(call, outcome);
    const asked = call.query.text(call.action.object ?? "") ?? call.query.texts(call.action.object ?? "")[0];
    const created = "answer" in outcome ? outcome.created : undefined;
    const code = "refused" in outcome ? outcome.refused.code : undefined;
    const recorded = record(
      call,
      created ?? asked ?? resourcesOf(region, call.query)[0] ?? "",
      response.status,
      code,
      at,
    );
    if ("answer" in outcome && outcome.next !== undefined) {
      const objects = resourcesOf(region, call.query);
      estate.commit(outcome.next, created === undefined ? objects : [...objects, created], at);
      ground.changed(at, recorded);
      await ground.save();
    }
    return response;
  };

  const record = (call: Ec2Call, object: string, status: number, code?: string, at: Instant = clock.now()) =>
    ground.record({
      at,
      caller: call.caller,
      cloud: "aws",
      object,
      verb: call.name,
      result: { status, ...(code !== undefined && { code }) },
      detail: call.query.all(),
    });

  const run = ({ action, query, accountId }: Ec2Call, region: AwsRegion): Outcome =>
    action.run({ region, query, now: clock.now(), regionNames: estate.regionNames(accountId), newId });

  const answerSts = async (
    query: Query,
    { identity, region }: Authenticated,
    requestId: string,
  ): Promise<WireResponse> => {
    const name = query.text("Action") ?? "";
    const action = stsActions.get(name);
    if (action === undefined) return refusalResponse("sts", unknownAction(name), requestId);
    const arn = query.text("RoleArn");
    const resources = [...(arn === undefined ? [] : [arn]), region];
    const taken = faults.take({ cloud: "aws", method: name, resources, operation: name }, [
      "status",
      "delay",
      "lose-reply",
    ]);
    for (const effect of taken) if (effect.kind === "delay") await wait(clock, effect.ms);
    const status = taken.find((effect) => effect.kind === "status");
    if (status !== undefined) return scriptedRefusal("sts", status, resources, requestId);
    const newSecret = (length: number) => {
      let secret = "";
      while (secret.length < length) secret += ground.newId().replaceAll("-", "").toUpperCase();
      return secret.slice(0, length);
    };
    const outcome = action({ query, identity, now: clock.now(), roleOf: estate.role, newSecret });
    if ("refused" in outcome) return refusalResponse("sts", outcome.refused, requestId);
    if (outcome.session !== undefined) {
      estate.addSession(outcome.session.accountId, outcome.session.session, msOf(clock.now()));
      await ground.save();
    }
    const body = `<${name}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${name}Result>${plainElementsOf(outcome.answer)}</${name}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`;
    const lost = taken.find((effect) => effect.kind === "lose-reply");
    return lost === undefined ? xml(200, body, requestId) : lostReply(lost);
  };

  return {
    wire,
    reachability: createAwsReachability(estate),
    documents: estate.documents,
    settle: () => undefined, // every write takes hold before it is answered
    outsider: async ({ action: name, params, region, accountId }) => {
      const requestId = ground.newId();
      const action = actions.get(name);
      const account = accountId ?? estate.accountIds()[0];
      if (action === undefined || account === undefined) return refusalResponse("ec2", unknownAction(name), requestId);
      return apply({
        name,
        action,
        query: queryFrom(params),
        accountId: account,
        regionName: region,
        caller: { id: "outsider", agent: "outsider" },
        requestId,
      });
    },
  };
}

const unknownAction = (name: string): Refusal =>
  refuse("InvalidAction", `The action ${name} is not valid for this web service.`);

function wrongForm(query: Query, action: Action | undefined): Refusal | undefined {
  if (query.text("Action") === undefined) return missing("Action");
  if (query.text("Version") !== VERSIONS.ec2)
    return refuse("NoSuchVersion", `The requested version (${query.text("Version") ?? ""}) is not valid`);
  return action === undefined ? unknownAction(query.text("Action") ?? "") : undefined;
}

function respond({ name, action, requestId }: Ec2Call, outcome: Outcome): WireResponse {
  if ("refused" in outcome) return refusalResponse("ec2", outcome.refused, requestId);
  const elements = elementsOf(outcome.answer, action.names ?? {});
  const body = `<${name}Response xmlns="http://ec2.amazonaws.com/doc/${VERSIONS.ec2}/"><requestId>${requestId}</requestId>${elements}</${name}Response>`;
  return xml(200, body, requestId);
}

const xml = (status: number, body: string, requestId: string): WireResponse => ({
  status,
  headers: { ...XML_HEADERS, "x-amzn-requestid": requestId },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
});
