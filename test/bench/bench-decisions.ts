import { preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { evaluate } from "@sallyport/domain";
import type { Rights } from "@sallyport/domain";
import { newEnforcer, newModelFromString } from "casbin";
import { contest, repeating } from "./contest.ts";
import type { Figure } from "./figure.ts";
import { actionsOf, assignments, definitions, placesAbove, questions } from "./role-estate.ts";
import type { Question } from "./role-estate.ts";

type Engine = (question: Question) => boolean;

/** Ours, as it is asked in production: the assignments of everybody, and who asks. */
export function ourEngine(): Engine {
  const rights = new Map<string, Rights>();
  for (const { principal } of questions)
    rights.set(principal, {
      principalIds: [principal],
      assignments,
      definitions,
      denyAssignments: [],
      managementGroups: {},
    });
  return ({ principal, action, resource }) => {
    const own = rights.get(principal);
    return own !== undefined && evaluate([{ action, resource }], own).allowed;
  };
}

const MODEL = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, role
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && within(r.obj, p.obj) && g(r.act, p.role)
`;

/** casbin: one policy for each assignment, and the actions of a role as its members. */
export async function casbinEngine(): Promise<Engine> {
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  await enforcer.addFunction(
    "within",
    (place: string, scope: string) => place === scope || place.startsWith(`${scope}/`),
  );
  await enforcer.addPolicies(assignments.map(({ principalId, scope, roleId }) => [principalId, scope, roleId]));
  await enforcer.addGroupingPolicies(definitions.flatMap(({ id }) => actionsOf(id).map((action) => [action, id])));
  return ({ principal, action, resource }) => enforcer.enforceSync(principal, resource, action);
}

/** Cedar: one policy for each assignment, read beforehand; with each question comes the place asked about and what is above it. */
export function cedarEngine(): Engine {
  const text = assignments
    .map(({ principalId, scope, roleId }) => {
      const actions = actionsOf(roleId).map((action) => `Action::${JSON.stringify(action)}`);
      return `permit(principal == User::"${principalId}", action in [${actions.join(", ")}], resource in Place::"${scope}");`;
    })
    .join("\n");
  const read = preparsePolicySet("assignments", { staticPolicies: text });
  if (read.type !== "success") throw new Error(JSON.stringify(read.errors));
  const entities = new Map(questions.map(({ resource }) => [resource, entitiesOf(resource)]));
  return ({ principal, action, resource }) => {
    const answer = statefulIsAuthorized({
      principal: { type: "User", id: principal },
      action: { type: "Action", id: action },
      resource: { type: "Place", id: resource },
      context: {},
      preparsedPolicySetId: "assignments",
      entities: entities.get(resource) ?? [],
    });
    if (answer.type !== "success") throw new Error(JSON.stringify(answer.errors));
    return answer.response.decision === "allow";
  };
}

const entitiesOf = (resource: string) =>
  placesAbove(resource).map((id, at, all) => ({
    uid: { type: "Place", id },
    attrs: {},
    parents: all.slice(at + 1, at + 2).map((above) => ({ type: "Place", id: above })),
  }));

/** R7: decisions per second, one by one, on the same assignments and the same questions; the answers have to agree. */
export async function benchDecisions(seconds: number, note: (figure: Figure) => void): Promise<void> {
  const ours = ourEngine();
  const others = { casbin: await casbinEngine(), cedar: cedarEngine() };
  for (const [name, theirs] of Object.entries(others)) {
    const disputed = questions.find((question) => ours(question) !== theirs(question));
    if (disputed !== undefined) throw new Error(`${name} disagrees about ${JSON.stringify(disputed)}`);
    note(
      await contest({
        figure: "R7",
        at: `${assignments.length} assignments, against ${name}, in decisions/s`,
        ours: asking(ours, questions.length),
        floor: asking(theirs, SLOW_ROUND),
        seconds,
      }),
    );
  }
}

/** The others take about a millisecond for each. */
const SLOW_ROUND = 20;

/** Goes round the questions, so many at a time. */
function asking(engine: Engine, atOnce: number) {
  let from = 0;
  return repeating(atOnce, () => {
    for (let nth = 0; nth < atOnce; nth += 1) {
      const question = questions[(from + nth) % questions.length];
      if (question !== undefined) engine(question);
    }
    from += atOnce;
  });
}
