import { msOf } from "@sallyport/contracts";
import type { Identity } from "../world/aws/account.ts";
import { createEstate } from "../world/aws/estate.ts";
import { createAwsReachability } from "../world/aws/reachability.ts";
import type { CloudOptions, SimulatedCloud } from "../world/cloud-world.ts";
import type { AwsDocuments } from "../world/documents.ts";
import type { Ground } from "../world/ground.ts";
import type { Caller } from "../world/history.ts";
import type { OutsiderEdit } from "../world/outsiders.ts";
import type { WireRequest, WireResponse } from "../wire.ts";
import { actions } from "./actions.ts";
import { createEc2Answers } from "./answer-ec2.ts";
import { createStsAnswer } from "./answer-sts.ts";
import { authenticate } from "./authenticate.ts";
import { DOCUMENTED_EC2_LIMITS } from "./limits.ts";
import type { Ec2Limits } from "./limits.ts";
import { parseQuery, queryFrom } from "./query.ts";
import { isRefusal, missing, refusalResponse, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { VERSIONS } from "./respond.ts";
import type { Service } from "./respond.ts";

export type AwsOutsiderEdit = Extract<OutsiderEdit, { cloud: "aws" }>;

export interface AwsCloudOptions extends CloudOptions<AwsDocuments> {
  /** Epoch milliseconds on the clock by which clients sign; the world's own when absent. For worlds in virtual time. */
  readonly signersNow?: () => number;
  /** Token buckets; where absent, what the world says, and none where it says nothing. */
  readonly limits?: Ec2Limits;
}

/** EC2 (Query protocol) and STS on one origin, over one estate of accounts and regions. */
export function createAwsCloud(
  { documents, auth, signersNow, limits = limitsOf(documents) }: AwsCloudOptions,
  ground: Ground,
): SimulatedCloud<AwsDocuments, AwsOutsiderEdit> {
  const estate = createEstate(documents);
  const ec2 = createEc2Answers(estate, ground, limits);
  const answerSts = createStsAnswer(estate, ground, limits);

  const wire = async (request: WireRequest): Promise<WireResponse> => {
    const requestId = ground.newId();
    const query = parseQuery(request.url.split("?")[1] ?? "", request.method === "GET" ? "" : request.body);
    const service: Service = query.text("Version") === VERSIONS.sts ? "sts" : "ec2";
    const now = msOf(ground.clock.now());
    const authenticated = authenticate(request, service, { estate, auth, now, signersNow: signersNow?.() ?? now });
    if (isRefusal(authenticated)) return refusalResponse(service, authenticated, requestId);
    if (service === "sts") return answerSts(query, authenticated, requestId);
    const name = query.text("Action");
    if (name === undefined) return refusalResponse("ec2", missing("Action"), requestId);
    const version = query.text("Version") ?? "";
    if (version !== VERSIONS.ec2)
      return refusalResponse(
        "ec2",
        refuse("NoSuchVersion", `The requested version (${version}) is not valid`),
        requestId,
      );
    const action = actions.get(name);
    if (action === undefined) return refusalResponse("ec2", unknownAction(name), requestId);
    const { identity, region } = authenticated;
    const { accountId } = identity;
    const caller = callerOf(identity, request.headers["user-agent"] ?? "");
    return ec2.answer({ name, action, query, accountId, region, caller, identity, requestId });
  };

  const outsider = async ({ action: name, params, region, accountId }: AwsOutsiderEdit): Promise<WireResponse> => {
    const requestId = ground.newId();
    const action = actions.get(name);
    const account = accountId ?? estate.accountIds()[0];
    if (action?.kind !== "write" || account === undefined)
      return refusalResponse("ec2", unknownAction(name), requestId);
    const caller = { id: "outsider", agent: "outsider" };
    return ec2.apply({ name, action, query: queryFrom(params), accountId: account, region, caller, requestId });
  };

  return {
    wire,
    outsider,
    reachability: createAwsReachability(estate, documents.connectionTracking),
    documents: estate.documents,
    settle: () => undefined, // every write takes hold before it is answered
  };
}

const limitsOf = ({ requestLimits }: AwsDocuments): Ec2Limits | undefined =>
  requestLimits === "documented" ? DOCUMENTED_EC2_LIMITS : undefined;

const callerOf = ({ accessKeyId, arn, session }: Identity, agent: string): Caller => ({
  id: accessKeyId,
  agent,
  arn,
  ...(session?.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
});

const unknownAction = (name: string): Refusal =>
  refuse("InvalidAction", `The action ${name} is not valid for this web service.`);
