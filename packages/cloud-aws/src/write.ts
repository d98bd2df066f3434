import type { Outcome } from "@sallyport/cloud";
import { SallyportError, refusal } from "@sallyport/contracts";
import type { ObjectId } from "@sallyport/contracts";
import { permitText } from "@sallyport/domain";
import type { AwsPermit, AwsRule, Change } from "@sallyport/domain";
import { TooLate, inTime } from "./attempt.ts";
import type { Attempting } from "./attempt.ts";
import type { Directory } from "./directory.ts";
import type { Ec2 } from "./ec2.ts";
import { stepsOf } from "./steps.ts";
import type { Step } from "./steps.ts";
import { deleteGroup, putGroup } from "./write-group.ts";
import { changeMemberships } from "./write-membership.ts";
import { authorize, revoke } from "./write-rules.ts";

export interface Writing extends Attempting {
  readonly ec2: Ec2;
  readonly directory: Directory;
}

/** Writes the changes of one object in order. What is refused for good ends it: the changes after it rest on it and are skipped. */
export async function writeChanges(
  writing: Writing,
  object: ObjectId,
  changes: readonly Change<AwsRule>[],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const rest = (kind: "too-late" | "skipped") => changes.slice(outcomes.length).map((): Outcome => ({ kind }));
  for (const step of stepsOf(changes)) {
    try {
      inTime(writing);
      outcomes.push(...(await writeStep(writing, object, step)));
    } catch (error) {
      if (error instanceof TooLate) return [...outcomes, ...rest("too-late")];
      if (!(error instanceof SallyportError) || error.retryable) throw error;
      const refused = refusal(error.code, error.message.slice(0, 2000), { object });
      outcomes.push(...Array.from({ length: step.size }, (): Outcome => ({ kind: "refused", refusal: refused })));
      return [...outcomes, ...rest("skipped")];
    }
  }
  return outcomes;
}

async function writeStep(writing: Writing, object: ObjectId, step: Step): Promise<readonly Outcome[]> {
  const { ec2, directory } = writing;
  switch (step.kind) {
    case "put-group":
      return [{ kind: await putGroup(ec2, directory, writing, object, step.rule) }];
    case "delete-group":
      return [{ kind: await deleteGroup(ec2, directory, writing, object) }];
    case "memberships":
      return (await changeMemberships(ec2, directory, writing, object, step.changes)).map((kind) => ({ kind }));
    case "authorize": {
      const id = await directory.idOf(object);
      if (id === undefined) throw new SallyportError({ code: "aws.eventual", detail: `there is no ${object} to fill` });
      return outcomesOf(step.permits, await authorize(ec2, writing, id, "ingress", step.permits));
    }
    case "revoke": {
      const id = await directory.idOf(object);
      if (id === undefined) return step.permits.map(() => ({ kind: "already" }));
      return outcomesOf(step.permits, await revoke(ec2, writing, id, "ingress", step.permits));
    }
  }
}

const outcomesOf = (permits: readonly AwsPermit[], already: ReadonlySet<string>): readonly Outcome[] =>
  permits.map((permit) => ({ kind: already.has(permitText(permit)) ? "already" : "done" }));
