import { settings } from "@sallyport/request-api";
import { UsageError } from "./options.ts";

const { env: VARIABLE, schema } = settings.requirePlan;

/** Which plan of Defender for Servers enabling takes (S30): by the variable that request-api reads, for every way to run it. */
export type RequiredPlan = NonNullable<ReturnType<typeof schema.parse>>;

/** As the environment asks for it; `undefined`: none is required, which is also what empty says. */
export function requiredPlanOf(env: Readonly<Record<string, string | undefined>>): RequiredPlan | undefined {
  const parsed = schema.safeParse(env[VARIABLE] === "" ? undefined : env[VARIABLE]);
  if (!parsed.success) throw new UsageError(`${VARIABLE} expects ${schema.unwrap().options.join(" or ")}, or nothing`);
  return parsed.data;
}
