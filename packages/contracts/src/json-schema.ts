import { z } from "zod";
import { catalogue } from "./events/catalogue.ts";
import { Envelope } from "./events/envelope.ts";
import { Access, PortAccess } from "./values/access.ts";
import { ApiKey } from "./values/api-key.ts";
import { Cidr } from "./values/address.ts";
import { Evidence, Finding, VmProfile } from "./values/finding.ts";
import { ClosingReason, Receipt, SessionEffect, StillOpen, Way } from "./values/grant.ts";
import { GrantId, GroupId, LockdownId, ObjectId, PrincipalId, RequestId } from "./values/ids.ts";
import { Instant } from "./values/instant.ts";
import { LockdownSnapshot, Shadow, StoredChange } from "./values/lockdown.ts";
import { JitPolicy, LockdownOptions, PortRule } from "./values/policy.ts";
import { Port, PortSpec, Protocol } from "./values/port.ts";
import { Principal } from "./values/principal.ts";
import { Refusal } from "./values/refusal.ts";
import { Seconds } from "./values/seconds.ts";
import { Sources } from "./values/sources.ts";
import { VmRef } from "./values/vm-ref.ts";

export type JsonObject = { readonly [key: string]: unknown };

/** The values that documents name, so that each is written out once. */
export const namedValues: Readonly<Record<string, z.ZodType>> = {
  Access,
  ApiKey,
  Cidr,
  ClosingReason,
  Evidence,
  Finding,
  GrantId,
  GroupId,
  Instant,
  JitPolicy,
  LockdownId,
  LockdownOptions,
  LockdownSnapshot,
  ObjectId,
  Port,
  PortAccess,
  PortRule,
  PortSpec,
  Principal,
  PrincipalId,
  Protocol,
  Receipt,
  Refusal,
  RequestId,
  Seconds,
  SessionEffect,
  Shadow,
  Sources,
  StillOpen,
  StoredChange,
  VmProfile,
  VmRef,
  Way,
};

/** The envelope and the data of every event, by the event's name. */
export const namedEvents: Readonly<Record<string, z.ZodType>> = {
  Envelope,
  ...Object.fromEntries(catalogue.map(({ name, data }) => [name, data])),
};

/**
 * JSON Schema of all of them, referring to each other under `base`. One registry, because a schema that is named anywhere else
 * lands in a place of its own; of the input, because the output's forbids the fields that later versions add (house.md §7).
 */
export function schemasUnder(
  base: string,
  named: Readonly<Record<string, z.ZodType>>,
  target: "draft-7" | "draft-2020-12",
): Record<string, JsonObject> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `${base}${id}`, io: "input", target });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _uri, ...schema }]) => [id, schema]),
  );
}

/** One document with the schema of every event's data, of the envelope, and of every value, under `$defs`. */
export function renderJsonSchemas(): JsonObject {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:sallyport:schemas:v1",
    title: "Sallyport: the data of every event, the envelope, and the values they are made of",
    $defs: schemasUnder("#/$defs/", { ...namedValues, ...namedEvents }, "draft-2020-12"),
  };
}
