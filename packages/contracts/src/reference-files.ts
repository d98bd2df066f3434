import { renderAsyncApi } from "./asyncapi.ts";
import { renderJsonSchemas } from "./json-schema.ts";
import { renderOpenApi } from "./openapi.ts";
import { renderErrors } from "./render-errors.ts";

const text = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;

/** What is generated from the contracts, by its path in the repository. A test fails when a committed file differs. */
export function referenceFiles(): Readonly<Record<string, string>> {
  return {
    "docs/reference/asyncapi.json": text(renderAsyncApi()),
    "docs/reference/errors.md": renderErrors(),
    "docs/reference/openapi.json": text(renderOpenApi()),
    "docs/reference/schemas.json": text(renderJsonSchemas()),
  };
}
