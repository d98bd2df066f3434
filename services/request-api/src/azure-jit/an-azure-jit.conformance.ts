import { VmRef } from "@sallyport/contracts";
import { aProfile } from "@sallyport/testkit";
import { anApi, classified } from "../an-api.conformance.ts";
import type { ApiUnderTest, CallOptions, Said } from "../an-api.conformance.ts";

export const SUBSCRIPTION = "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001";
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-shop`;
export const SECURITY = "providers/Microsoft.Security";
export const VERSION = "api-version=2020-01-01";
export const at = (name: string, group = GROUP) =>
  `${group}/${SECURITY}/locations/westeurope/jitNetworkAccessPolicies/${name}`;
export const vmNamed = (name: string, group = GROUP) =>
  VmRef.parse(`${group}/providers/Microsoft.Compute/virtualMachines/${name}`);
export const idOfVm = (name: string, group = GROUP) => `${group}/providers/Microsoft.Compute/virtualMachines/${name}`;
export const ssh = {
  number: 22,
  protocol: "TCP",
  allowedSourceAddressPrefix: "203.0.113.0/24",
  maxRequestAccessDuration: "PT3H",
};
export const bodyOf = (...names: readonly string[]) => ({
  kind: "Basic",
  properties: { virtualMachines: names.map((name) => ({ id: idOfVm(name), ports: [ssh] })) },
});
export const asked = (port: object = {}, name = "vm-1") => ({
  virtualMachines: [
    { id: idOfVm(name), ports: [{ number: 22, duration: "PT1H", allowedSourceAddressPrefix: "203.0.113.7", ...port }] },
  ],
});

export const namesIn = ({ body }: Said): readonly string[] =>
  body.properties.virtualMachines.map(({ id }: { readonly id: string }) => id.slice(id.lastIndexOf("/") + 1));

/** The JIT API over three VMs of the shop, anew for each test of the file that calls this. */
export function anAzureJit() {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await anApi();
    await api.tell(...["vm-1", "vm-2", "vm-3"].map((name) => classified(aProfile({ vm: vmNamed(name) }))));
  });
  afterEach(() => api.close());
  const call = (method: string, path: string, options: CallOptions = {}): Promise<Said> =>
    api.call(method, `${path}${path.includes("?") ? "&" : "?"}${VERSION}`, options);
  return {
    /** Our own API beside it. */
    ours: () => api,
    call,
    put: (name: string, body: unknown, options: CallOptions = {}) => call("PUT", at(name), { body, ...options }),
    facts: async () => (await api.published()).map(({ type, subject }) => `${type} ${subject.split("/").at(-1)}`),
  };
}
