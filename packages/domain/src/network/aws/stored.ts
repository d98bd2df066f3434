import { Cidr, ObjectId, ScopeId } from "@sallyport/contracts";
import type { StoredChange } from "@sallyport/contracts";
import type { Change } from "../model.ts";
import type { AwsPeer, AwsPermit, AwsTag } from "./net.ts";
import { permitText } from "./permit.ts";
import { isJson, jsonAt, listAt, numberAt, textAt } from "./read-json.ts";
import type { Json } from "./read-json.ts";
import type { AwsRule } from "./rule.ts";

/** What a stored change is about; two with the same text undo the same thing. */
export function storedText({ object, verb, rule }: Change<AwsRule>): string {
  switch (rule.kind) {
    case "group":
      return `${verb} ${object}`;
    case "ingress":
      return `${verb} ${object} ${permitText(rule.permit)}`;
    case "membership":
      return `${verb} ${object} ${rule.group}`;
  }
}

/** Reads a stored change back; anything else than what this model stores is a bug. */
export function readStored({ object, verb, rule }: StoredChange): Change<AwsRule> {
  const read = isJson(rule) ? readRule(rule) : undefined;
  if (read === undefined) throw new Error(`not a stored change of a security group: ${verb} on ${object}`);
  return { object, verb, rule: read };
}

function readRule(rule: Json): AwsRule | undefined {
  const scope = ScopeId.safeParse(rule["scope"]).data;
  if (scope === undefined) return undefined;
  switch (rule["kind"]) {
    case "group": {
      const [vpc, name] = [textAt(rule, "vpc"), textAt(rule, "name")];
      if (vpc === undefined || name === undefined) return undefined;
      const egress = rule["egress"] === undefined ? undefined : readPermits(listAt(rule, "egress"));
      return {
        kind: "group",
        scope,
        vpc,
        name,
        description: textAt(rule, "description") ?? "",
        tags: readTags(rule),
        ...(egress !== undefined && { egress }),
      };
    }
    case "ingress": {
      const permit = readPermit(jsonAt(rule, "permit"));
      return permit && { kind: "ingress", scope, permit };
    }
    case "membership": {
      const group = ObjectId.safeParse(rule["group"]).data;
      return group && { kind: "membership", scope, group };
    }
    default:
      return undefined;
  }
}

const readPermits = (values: readonly Json[]): readonly AwsPermit[] => values.flatMap((one) => readPermit(one) ?? []);

function readPermit(value: Json): AwsPermit | undefined {
  const protocol = textAt(value, "protocol");
  const peer = readPeer(jsonAt(value, "peer"));
  if (protocol === undefined || peer === undefined) return undefined;
  const [from, to] = [numberAt(value, "from"), numberAt(value, "to")];
  const [id, description] = [textAt(value, "id"), textAt(value, "description")];
  return {
    protocol,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    peer,
    ...(id !== undefined && { id }),
    ...(description !== undefined && { description }),
    tags: readTags(value),
  };
}

function readPeer(value: Json): AwsPeer | undefined {
  const id = textAt(value, "id");
  switch (value["kind"]) {
    case "cidr": {
      const cidr = Cidr.safeParse(value["cidr"]).data;
      return cidr && { kind: "cidr", cidr };
    }
    case "prefix-list":
      return id === undefined ? undefined : { kind: "prefix-list", id };
    case "group": {
      if (id === undefined) return undefined;
      const [owner, vpc] = [textAt(value, "owner"), textAt(value, "vpc")];
      const [peeringConnection, peeringStatus] = [textAt(value, "peeringConnection"), textAt(value, "peeringStatus")];
      return {
        kind: "group",
        id,
        ...(owner !== undefined && { owner }),
        ...(vpc !== undefined && { vpc }),
        ...(peeringConnection !== undefined && { peeringConnection }),
        ...(peeringStatus !== undefined && { peeringStatus }),
      };
    }
    case "unreadable":
      return { kind: "unreadable", text: textAt(value, "text") ?? "" };
    default:
      return undefined;
  }
}

const readTags = (value: Json): readonly AwsTag[] =>
  listAt(value, "tags").flatMap((tag) => {
    const key = textAt(tag, "key");
    return key === undefined ? [] : [{ key, value: textAt(tag, "value") ?? "" }];
  });
