import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { fieldsOf } from "../filter-paths.ts";
import { filtered } from "../filters.ts";
import { foundOrAll, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import { isRefusal } from "../refusal.ts";

const details = (status: string) => ({
  Status: status,
  Details: status === "ok" ? [{ Name: "reachability", Status: "passed" }] : [],
});

const EVENT_FILTERS = [
  ["code", "Code"],
  ["description", "Description"],
  ["instance-event-id", "InstanceEventId"],
  ["not-after", "NotAfter"],
  ["not-before", "NotBefore"],
  ["not-before-deadline", "NotBeforeDeadline"],
] as const;

/** Running instances are well; others are shown on request, and nothing is known of them. */
export const DescribeInstanceStatus: Action = {
  kind: "read",
  names: {
    InstanceStatuses: ["instanceStatusSet", { Events: "eventsSet" }],
  },
  run: (call) => {
    const { region, query } = call;
    const named = foundOrAll(query.texts("InstanceId"), region.instances, kinds.instance);
    if (isRefusal(named)) return refused(named);
    const statuses = named
      .filter(({ about }) => query.text("IncludeAllInstances") === "true" || about.State.Name === "running")
      .map(({ about }) => {
        const status = about.State.Name === "running" ? "ok" : "not-applicable";
        return {
          AvailabilityZone: region.subnets.get(about.SubnetId ?? "")?.AvailabilityZone,
          InstanceId: about.InstanceId,
          InstanceState: about.State,
          InstanceStatus: details(status),
          SystemStatus: details(status),
          Events: [],
        };
      });
    const fields = fieldsOf<(typeof statuses)[number]>(
      [
        "application-status.status",
        "attached-ebs-status.status",
        "availability-zone",
        "availability-zone-id",
        "instance-status.status",
        "operator.managed",
        "operator.principal",
        "system-status.status",
      ],
      {
        ...Object.fromEntries(EVENT_FILTERS.map(([name, member]) => [`event.${name}`, `Events.${member}`])),
        "instance-state-code": "InstanceState.Code",
        "instance-state-name": "InstanceState.Name",
        "instance-status.reachability": "InstanceStatus.Details.Status",
        "system-status.reachability": "SystemStatus.Details.Status",
      },
    );
    const left = filtered(query, statuses, fields);
    if (isRefusal(left)) return refused(left);
    return answerPage(
      pageOf(call, left, ({ InstanceId }) => InstanceId, {
        alone: { parameter: "InstanceId", called: "instancesSet" },
      }),
      (InstanceStatuses) => ({ InstanceStatuses }),
    );
  },
};
