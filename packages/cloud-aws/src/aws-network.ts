import type { Clock, Log } from "@sallyport/backbone";
import { RECENT_MS, createSharedLooks, noteCall } from "@sallyport/cloud";
import type { CloudNetwork } from "@sallyport/cloud";
import { seconds } from "@sallyport/contracts";
import type { Instant, ScopeId } from "@sallyport/contracts";
import type { AwsNet, AwsRule } from "@sallyport/domain";
import { inTime } from "./attempt.ts";
import { createBudgets } from "./budget.ts";
import { createClients } from "./clients.ts";
import type { RequestHandler } from "./clients.ts";
import { createDirectory, rememberIn } from "./directory.ts";
import type { Memory } from "./directory.ts";
import { createEc2 } from "./ec2.ts";
import type { ListVersions } from "./ec2.ts";
import { permissions } from "./permissions.ts";
import { readForGrant } from "./read-for-grant.ts";
import { byScope, readScope } from "./read.ts";
import { sessionFor } from "./session.ts";
import type { AwsSettings } from "./settings.ts";
import { surveyScope } from "./survey.ts";
import { writeChanges } from "./write.ts";

export interface AwsNetworkDeps {
  readonly clock: Clock;
  readonly settings: AwsSettings;
  /** Instead of sockets. */
  readonly requestHandler?: RequestHandler;
  readonly log: Log;
}

/** What calls are made for. */
interface Purpose {
  readonly session?: string | undefined;
  readonly before?: Instant | undefined;
  /** How old may be what is not about the groups themselves. */
  readonly recentMs?: number;
}

/** EC2 by its own SDK. Reading all of one VM takes at most ten calls, what a grant needs four; opening one takes three writes, closing it two. */
export function createAwsNetwork({
  clock,
  settings,
  requestHandler,
  log,
}: AwsNetworkDeps): CloudNetwork<AwsNet, AwsRule> {
  const clients = createClients(settings, requestHandler);
  const budgets = new Map(clients.scopes.map((scope) => [scope, createBudgets(clock, scope, settings.throttling)]));
  const shared = createSharedLooks(clock);
  const versions = new Map(clients.scopes.map((scope): [ScopeId, ListVersions] => [scope, new Map()]));
  /** Waits for what EC2 grants, each account, region and action by itself; who waited past `before` does not write any more. */
  const ec2Of = (scope: ScopeId, { session, before, recentMs = 0 }: Purpose = {}) =>
    createEc2(clients.of(scope, session), {
      versions: versions.get(scope) ?? new Map(),
      renewed: (stale) => clients.renewed(stale, scope, session),
      beforeCall: async (action) => {
        await budgets.get(scope)?.(action).spend();
        const { access } = permissions[action];
        if (access === "write") inTime({ clock, before });
        noteCall(access === "write" ? "write" : "read");
      },
      afterCall: (action, fault) => {
        if (fault?.code === "aws.throttled") budgets.get(scope)?.(action).refused();
      },
      share: (key, ask, isPath) => shared(`${scope} ${key}`, ask, isPath ? recentMs : 0),
    });
  const memory: Memory = new Map();
  return {
    capabilities: { cloud: "aws", usualWriteTime: seconds(15), parallelWrites: 16 },
    read: async (asked) => {
      const parts = [...byScope(asked, clients.scopes)];
      const nets = await Promise.all(
        parts.map(([scope, part]) => {
          const ec2 = ec2Of(scope, { recentMs: asked.recentPath === true ? RECENT_MS : 0 });
          return asked.onlyFor === undefined
            ? readScope(ec2, scope, part)
            : readForGrant(ec2, scope, part, asked.onlyFor);
        }),
      );
      const net = joined(nets);
      for (const { key, scope, id } of net.groups)
        if (id !== undefined && id !== key) rememberIn(memory, scope, key, id);
      return net;
    },
    write: async (object, changes, before) => {
      const [first] = changes;
      if (first === undefined) return [];
      const { scope } = first.rule;
      const ec2 = ec2Of(scope, { session: sessionFor(changes), before });
      const attempting = { clock, before };
      log.debug("writing to EC2", { scope, object, changes: changes.length });
      return writeChanges({ ...attempting, ec2, directory: createDirectory(ec2, scope, memory) }, object, changes);
    },
    survey: (scope) => surveyScope(ec2Of(scope), scope),
  };
}

const joined = (nets: readonly AwsNet[]): AwsNet => ({
  instances: nets.flatMap(({ instances }) => instances),
  interfaces: nets.flatMap(({ interfaces }) => interfaces),
  groups: nets.flatMap(({ groups }) => groups),
  prefixLists: nets.flatMap(({ prefixLists }) => prefixLists),
});
