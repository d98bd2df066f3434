import type { Clock, Log } from "@sallyport/backbone";
import type { CloudNetwork } from "@sallyport/cloud";
import { seconds } from "@sallyport/contracts";
import type { ScopeId } from "@sallyport/contracts";
import type { AwsNet, AwsRule } from "@sallyport/domain";
import { createClients } from "./clients.ts";
import type { RequestHandler } from "./clients.ts";
import { createDirectory } from "./directory.ts";
import type { Memory } from "./directory.ts";
import { createEc2 } from "./ec2.ts";
import { byScope, readScope } from "./read.ts";
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

/** EC2 by its own SDK. Reading one VM takes at most ten calls; opening a grant three writes, closing it two. */
export function createAwsNetwork({
  clock,
  settings,
  requestHandler,
  log,
}: AwsNetworkDeps): CloudNetwork<AwsNet, AwsRule> {
  const clients = createClients(settings, requestHandler);
  const ec2Of = (scope: ScopeId) => createEc2(clients.of(scope));
  const memory: Memory = new Map();
  return {
    capabilities: { cloud: "aws", usualWriteTime: seconds(15), parallelWrites: 16 },
    read: async (asked) => {
      const parts = [...byScope(asked, clients.scopes)];
      const nets = await Promise.all(parts.map(([scope, part]) => readScope(ec2Of(scope), scope, part)));
      return joined(nets);
    },
    write: async (object, changes, before) => {
      const [first] = changes;
      if (first === undefined) return [];
      const { scope } = first.rule;
      const ec2 = ec2Of(scope);
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
