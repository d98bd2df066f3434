import {
  awsSettings,
  azureSettings,
  backboneSettings,
  defineSettings,
  integer,
  list,
  processSettings,
} from "@sallyport/service-kit";
import { Port, managementPorts } from "@sallyport/contracts";
import { z } from "zod";

const Ports = list()
  .transform((items) => items.map(Number))
  .pipe(z.array(Port));

export const settings = defineSettings({
  ...processSettings,
  ...backboneSettings,
  ...azureSettings,
  ...awsSettings,
  surveySeconds: {
    env: "SALLYPORT_SURVEY_SECONDS",
    schema: integer(1, 86_400).default(60),
    description: "how often each scope is surveyed",
  },
  surveysAtOnce: {
    env: "SALLYPORT_SURVEYS_AT_ONCE",
    schema: integer(1, 64).default(4),
    description:
      "how many scopes of one cloud are surveyed at once: each is held in memory, and spends of the cloud's read budget",
  },
  managementPorts: {
    env: "SALLYPORT_MANAGEMENT_PORTS",
    schema: Ports.default([...managementPorts]),
    description: "ports that the recommendation asks about, separated by commas",
  },
  disabledScopes: {
    env: "SALLYPORT_RECOMMENDATION_DISABLED",
    schema: list(0).default([]),
    description:
      "scopes on which the recommendation is switched off: resource ids on Azure, <account>/<region> on AWS, separated by commas",
  },
});
