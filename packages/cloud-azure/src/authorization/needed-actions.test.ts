import { instantOf, port, VmRef } from "@sallyport/contracts";
import type { Cidr, GrantId } from "@sallyport/contracts";
import { createAzureModel } from "@sallyport/domain";
import { SMALL } from "@sallyport/simulator";
import { seal, start } from "../simulated-azure.conformance.ts";
import { neededActions } from "./needed-actions.ts";

const VERBS: Readonly<Record<string, string>> = { GET: "read", PUT: "write", DELETE: "delete", POST: "action" };

/** The action that Resource Manager asks for, read off the call. */
function actionOf(method: string, url: string): string | undefined {
  const [, namespace, rest = ""] = /\/providers\/([^/?]+)\/([^?]+)/i.exec(new URL(url).pathname) ?? [];
  if (namespace === undefined) return undefined;
  const types = rest.split("/").filter((_, at) => at % 2 === 0);
  return `${namespace}/${types.join("/")}/${VERBS[method]}`.toLowerCase();
}

async function lifeOfAGrant(): Promise<ReadonlySet<string>> {
  const { network, seen, during, simulator } = await start({ nic: [["allow-web", "Allow", 350, ["80"], "*"]] });
  const model = createAzureModel();
  const vm = VmRef.parse(SMALL.vm);
  const [subscription = ""] = simulator.describe().subscriptionIds;
  await during(
    (async () => {
      for await (const _page of network.survey(subscription as Parameters<typeof network.survey>[0]));
    })(),
  );
  const net = await during(network.read({ vms: [vm], objects: [] }));
  const planned = model.plan(
    net,
    {
      kind: "allow",
      vm,
      grantId: "neededone1" as GrantId,
      ports: [{ port: port(22), protocol: "tcp", sources: ["198.51.100.7/32" as Cidr] }],
      end: instantOf(Date.UTC(2027, 0, 31)),
    },
    seal,
  );
  if (!planned.ok) throw new Error(planned.refusals[0].detail);
  for (const verb of ["put", "delete"] as const)
    for (const change of planned.changes) await during(network.write(change.object, [{ ...change, verb }], undefined));
  return new Set(seen.flatMap(({ method, url }) => actionOf(method, url) ?? []));
}

describe("what Sallyport needs in Azure", () => {
  it("is all that the life of a grant asks for, and nothing that it never does: take one away and a call is refused", async () => {
    const used = await lifeOfAGrant();
    const needed = Object.entries(neededActions);
    const all = needed.map(([action]) => action.toLowerCase());
    expect([...used].filter((action) => !all.includes(action))).toEqual([]);
    const always = needed.filter(([, one]) => one.for === "always").map(([action]) => action.toLowerCase());
    expect(always.filter((action) => !used.has(action))).toEqual([]);
  });
});
