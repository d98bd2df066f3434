import { fieldProblems } from "@sallyport/contracts";
import type { z } from "zod";
import { armError } from "./arm-error.ts";
import type { ArmError } from "./arm-error.ts";

const SHOWN = 20;

/** A body that has not the expected form: every wrong field, the first one in the message. */
export function formError(error: z.ZodError, code: string): ArmError {
  const details = fieldProblems(error)
    .slice(0, SHOWN)
    .map(({ field, expected }) => {
      const target = bodyPath(field);
      const isSentence = /^[A-Z].*\.$/.test(expected);
      return {
        code,
        message: isSentence ? expected : `${target === "" ? "The request content" : target}: expected ${expected}.`,
        target,
      };
    });
  const [first] = details;
  return armError(400, code, first?.message ?? "The request content was invalid.", {
    details,
    ...(first === undefined ? {} : { target: first.target }),
  });
}

/** A JSON pointer as Azure names a place in a body: `properties.virtualMachines[0].ports[1].number`. */
export const bodyPath = (pointer: string): string =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === "" ? part : `${path}.${part}`), "");
