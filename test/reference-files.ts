import { permissionsPage } from "@sallyport/cloud-aws";
import { referenceFiles as contractFiles } from "@sallyport/contracts";
import { renderSettings } from "@sallyport/service-kit";
import { settings as authz } from "@sallyport/authz";
import { settings as enforcerAws } from "@sallyport/enforcer-aws";
import { settings as enforcerAzure } from "@sallyport/enforcer-azure";
import { settings as requestApi } from "@sallyport/request-api";
import { settings as scanner } from "@sallyport/scanner";

/** Every generated page, by its path in the repository: written by `npm run reference`, compared by the drift test. */
export const referenceFiles = (): Readonly<Record<string, string>> => ({
  ...contractFiles(),
  "docs/reference/aws-permissions.md": permissionsPage(),
  "docs/reference/config.md": renderSettings({
    "request-api": requestApi,
    authz,
    "enforcer-azure": enforcerAzure,
    "enforcer-aws": enforcerAws,
    scanner,
  }),
});
