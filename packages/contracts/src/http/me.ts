import { z } from "zod";
import { Principal } from "../values/principal.ts";
import { IsoDurationText } from "./iso-duration.ts";

/** Who the caller is, and what the deployment allows whatever a policy says. */
export const Me = z.object({
  principal: Principal,
  limits: z.object({ shortest: IsoDurationText, longest: IsoDurationText }),
});
