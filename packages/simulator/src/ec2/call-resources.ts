import type { AwsRegion } from "../world/aws/region.ts";
import { arnOf } from "../world/aws/region.ts";
import type { Query } from "./query.ts";

const ID = /^(?:i|eni|sg|sgr|vpc|subnet|pl)-[0-9a-z]+$/;

/**
 * The objects that a call is about, as a script of faults may name them: every id among its parameters, the name of a group, and for an
 * interface the instance to which it belongs, by id and ARN.
 */
export function resourcesOf(region: AwsRegion, query: Query): readonly string[] {
  const values = Object.entries(query.all()).flatMap(([name, value]) =>
    ID.test(value) || /(^|\.)GroupName(\.\d+)?$/.test(name) ? value : [],
  );
  const instances = values.flatMap((id) => region.interfaces.get(id)?.Attachment?.InstanceId ?? []);
  const arns = [...values, ...instances].filter((id) => region.instances.has(id)).map((id) => arnOf(region, id));
  return [...new Set([...values, ...instances, ...arns])];
}
