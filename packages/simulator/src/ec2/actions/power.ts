import { interfacesOf, withEntry } from "../../world/aws/region.ts";
import type { AwsRegion } from "../../world/aws/region.ts";
import type { Instance } from "../../world/aws/describe.ts";
import type { Action } from "../action.ts";
import { done, refused } from "../action.ts";
import { found, kinds } from "../ids.ts";
import { isRefusal, refuse } from "../refusal.ts";

type State = Instance["State"];
const RUNNING: State = { Code: 16, Name: "running" };
const STOPPED: State = { Code: 80, Name: "stopped" };
const TERMINATED: State = { Code: 48, Name: "terminated" };

interface Change {
  readonly to: State;
  /** States from which it is refused. */
  readonly notFrom: readonly string[];
  /** What the answer calls the list. */
  readonly member: string;
  /** What becomes of the instance's interfaces. */
  readonly settle?: (region: AwsRegion, instanceId: string) => AwsRegion;
}

/** Instances change at once, without the pending states of real ones, and keep their addresses while stopped. */
const change = ({ to, notFrom, member, settle }: Change): Action => ({
  kind: "write",
  required: ["InstanceId"],
  object: "InstanceId",
  names: { [member]: "instancesSet" },
  run: ({ region, query }) => {
    const instances = found([...new Set(query.texts("InstanceId"))], region.instances, kinds.instance);
    if (isRefusal(instances)) return refused(instances);
    const wrong = instances.find(({ about }) => notFrom.includes(about.State.Name))?.about;
    if (wrong !== undefined)
      return refused(
        refuse(
          "IncorrectInstanceState",
          `The instance '${wrong.InstanceId}' is not in a state from which it can become '${to.Name}'.`,
        ),
      );
    const next = instances.reduce<AwsRegion>((before, held) => {
      const id = held.about.InstanceId;
      const changed = withEntry(before.instances, id, { ...held, about: { ...held.about, State: to } });
      const after = { ...before, instances: changed };
      return settle === undefined ? after : settle(after, id);
    }, region);
    return done(next, {
      [member]: instances.map(({ about }) => ({
        InstanceId: about.InstanceId,
        CurrentState: to,
        PreviousState: about.State,
      })),
    });
  },
});

export const StartInstances = change({ to: RUNNING, notFrom: ["terminated"], member: "StartingInstances" });
export const StopInstances = change({ to: STOPPED, notFrom: ["terminated"], member: "StoppingInstances" });
export const TerminateInstances = change({
  to: TERMINATED,
  notFrom: [],
  member: "TerminatingInstances",
  settle: withoutInterfaces,
});

/** A terminated instance takes its own interfaces along; others become free. */
function withoutInterfaces(region: AwsRegion, instanceId: string): AwsRegion {
  return interfacesOf(region, instanceId).reduce<AwsRegion>((before, one) => {
    const { Attachment, ...free } = one;
    const left = Attachment?.DeleteOnTermination === true ? undefined : { ...free, Status: "available" };
    return { ...before, interfaces: withEntry(before.interfaces, one.NetworkInterfaceId, left) };
  }, region);
}
