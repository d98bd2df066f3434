import { z } from "zod";
import type { Estate } from "../world/azure/estate.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import type { Links } from "./links.ts";
import { refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";

/** Any body of a PUT. */
export const Body = z.looseObject({
  location: z.string().optional(),
  tags: z.record(z.string(), z.string()).nullish(),
  sku: z.looseObject({}).nullish(),
  zones: z.array(z.string()).nullish(),
  properties: z.looseObject({}).nullish(),
});
export type Body = z.infer<typeof Body>;

/** What a PUT asks for, and where. */
export interface DraftContext {
  readonly id: string;
  readonly name: string;
  /** As in `Microsoft.Network/networkSecurityGroups`. */
  readonly type: string;
  readonly previous: AzureResource | undefined;
  readonly body: Body;
  readonly estate: Estate;
  readonly links: () => Links;
  readonly newId: () => string;
}

/** The members that every resource has, taken from the body and from what was there. */
export const frameOf = ({ id, name, type, previous, body }: DraftContext) => ({
  name: previous?.doc.name ?? name,
  id: previous?.doc.id ?? id,
  type: previous?.doc.type ?? type,
  location: previous?.doc.location ?? body.location ?? "",
  ...(body.tags && { tags: body.tags }),
  ...(body.sku && { sku: body.sku }),
  ...(body.zones && { zones: body.zones }),
});

export function refusedLocation({ body, previous, name }: DraftContext): Refusal | undefined {
  if (previous === undefined && body.location === undefined)
    return refuse(400, "LocationRequired", `The location property is required for this definition.`);
  const moved =
    previous !== undefined && body.location !== undefined && !isSameLocation(body.location, previous.doc.location);
  return moved
    ? refuse(
        409,
        "InvalidResourceLocation",
        `The resource '${name}' already exists in location '${previous.doc.location}'. A resource with the same name cannot be created in location '${body.location}'. Please select a new resource name.`,
      )
    : undefined;
}

/** A word in the service's own spelling, where it is one of these; clients send any case (azure.md §6). */
export const wordOf = (given: string, known: readonly string[]): string =>
  known.find((word) => word.toLowerCase() === given.toLowerCase()) ?? given;

const plain = (location: string) => location.replaceAll(" ", "").toLowerCase();

/** `West Europe` is `westeurope`. */
export const isSameLocation = (one: string, other: string): boolean => plain(one) === plain(other);

export const badBody = (error: z.ZodError): Refusal => {
  const [issue] = error.issues;
  return refuse(400, "InvalidRequestFormat", "Cannot parse the request.", {
    details: [
      { code: "InvalidJson", message: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not understood"}` },
    ],
  });
};

export const missingReference = (from: string, to: string): Refusal =>
  refuse(
    400,
    "InvalidResourceReference",
    `Resource ${to} referenced by resource ${from} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
  );

/** A reference that leads nowhere, or to something that is being written: the latter was seen with NSGs of interfaces (azure.md §8), its status is not recorded. */
export function refusedReference(estate: Estate, from: string, to: string): Refusal | undefined {
  const found = estate.entry(to);
  if (found?.shown === undefined) return missingReference(from, to);
  if (found.operation === undefined) return undefined;
  return refuse(
    429,
    "ReferencedResourceNotProvisioned",
    `Cannot proceed with operation because resource ${to} used by resource ${from} is not in Succeeded state. Resource is in Updating state.`,
    { headers: { "retry-after": "1" } },
  );
}
