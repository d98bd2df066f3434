import { permissionsPage } from "@sallyport/authorization";
import { permissionsPage as awsPermissionsPage } from "@sallyport/cloud-aws";
import { neededActionsPage } from "@sallyport/cloud-azure";
import { referenceFiles as contractFiles } from "@sallyport/contracts";
import { renderSettings } from "@sallyport/service-kit";
import { settings as authz } from "@sallyport/authz";
import { settings as enforcerAws } from "@sallyport/enforcer-aws";
import { settings as enforcerAzure } from "@sallyport/enforcer-azure";
import { settings as requestApi } from "@sallyport/request-api";
import { settings as scanner } from "@sallyport/scanner";
import { aProfile, aVm } from "@sallyport/testkit";

/** Every generated page, by its path in the repository: written by `npm run reference`, compared by the drift test. */
export const referenceFiles = (): Readonly<Record<string, string>> => ({
  ...contractFiles(),
  "docs/reference/permissions.md": permissionsPage({ azure: aProfile(), aws: aProfile({ vm: aVm("aws") }) }),
  "docs/reference/azure-permissions.md": neededActionsPage(),
  "docs/reference/aws-permissions.md": awsPermissionsPage(),
  "docs/reference/config.md": renderSettings({
    "request-api": requestApi,
    authz,
    "enforcer-azure": enforcerAzure,
    "enforcer-aws": enforcerAws,
    scanner,
  }),
});
