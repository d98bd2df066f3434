import { errorKinds } from "@sallyport/contracts";
import type { Unjudged } from "@sallyport/contracts";

const code = "rbac.lookup-failed";

/** What a list says of what it could not judge; nothing where there is none. */
export const showUnjudged = (count: number): { readonly unjudged?: Unjudged } =>
  count === 0
    ? {}
    : {
        unjudged: {
          count,
          code,
          detail: `${errorKinds[code].title.split(",")[0]}: whether ${count} more belong here is not known. Ask again in a moment.`,
        },
      };
