import { awsSettings, backboneSettings, defineSettings, limitSettings, processSettings } from "@sallyport/service-kit";
import { z } from "zod";

const { accounts } = awsSettings;

export const settings = defineSettings({
  ...processSettings,
  ...backboneSettings,
  ...limitSettings,
  accounts,
  roleFile: {
    env: "SALLYPORT_ROLE_FILE",
    schema: z.string().min(1),
    description: "file with role definitions and assignments in Azure's JSON; read again when it changes",
  },
});
