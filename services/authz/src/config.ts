import {
  awsSettings,
  azureSettings,
  backboneSettings,
  defineSettings,
  limitSettings,
  processSettings,
  roleSettings,
} from "@sallyport/service-kit";

const { accounts } = awsSettings;

export const settings = defineSettings({
  ...processSettings,
  ...backboneSettings,
  ...limitSettings,
  ...azureSettings,
  ...roleSettings,
  accounts,
});
