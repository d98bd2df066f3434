import {
  awsClosingSettings,
  awsSettings,
  backboneSettings,
  defineSettings,
  enforcerSettings,
  processSettings,
  signingSettings,
} from "@sallyport/service-kit";

export const settings = defineSettings({
  ...processSettings,
  ...backboneSettings,
  ...signingSettings,
  ...enforcerSettings,
  ...awsSettings,
  ...awsClosingSettings,
});
