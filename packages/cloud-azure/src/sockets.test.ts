import { createSystemClock, quietLog } from "@sallyport/backbone";
import { VmRef } from "@sallyport/contracts";
import { createAzureModel } from "@sallyport/domain";
import { createSimulator, serveSimulator, SMALL, smallWorld } from "@sallyport/simulator";
import { createAzureNetwork } from "./azure-network.ts";

describe("the Azure network over sockets", () => {
  it("reaches a private Resource Manager and its token authority, trusting their CA and nobody else's", async () => {
    const clock = createSystemClock();
    const simulator = await createSimulator({ world: smallWorld(), clock, auth: true });
    const served = await serveSimulator(simulator, { armPort: 0, ec2Port: 0, host: "127.0.0.1" });
    try {
      const { url, authority, tenantId, clientId, clientSecret, subscriptionIds } = served.ready.arm;
      const settings = {
        endpoint: url,
        authorityHost: authority,
        tenantId,
        clientId,
        clientSecret,
        disableInstanceDiscovery: true,
      };
      const vm = VmRef.parse(SMALL.vm);
      const deps = { clock, log: quietLog, subscriptionIds };
      const trusting = createAzureNetwork({ ...deps, settings: { ...settings, caPem: served.caPem } });
      const net = await trusting.read({ vms: [vm], objects: [] });
      expect(createAzureModel().facts(net, vm)).toMatchObject({ profile: { name: "vm-1", power: "running" } });
      const wary = createAzureNetwork({ ...deps, settings });
      await expect(wary.read({ vms: [vm], objects: [] })).rejects.toMatchObject({
        retryable: true,
        message: expect.stringContaining("signing in"),
      });
    } finally {
      await served.close();
    }
  });
});
