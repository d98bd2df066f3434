import { armError } from "./arm-error.ts";
import type { ArmError } from "./arm-error.ts";
import type { Target } from "./target.ts";

const JIT = ["2020-01-01"];
const ASSESSMENTS = ["2020-01-01", "2021-06-01"];

/** Every version that is spoken of what a path names. */
export const versionsOf = ({ kind }: Target): readonly string[] =>
  kind === "assessments" || kind === "assessment" ? ASSESSMENTS : JIT;

/** Why the version that a call asks for is not spoken. */
export function wrongVersion(target: Target, version: string | null): ArmError | undefined {
  if (version === null || version === "")
    return armError(
      400,
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  const known = versionsOf(target);
  if (known.includes(version)) return undefined;
  const message = `The api-version '${version.slice(0, 40)}' is invalid. The supported versions are '${known.join(",")}'.`;
  return armError(400, "InvalidApiVersionParameter", message);
}
