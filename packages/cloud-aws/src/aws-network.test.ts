import { createSystemClock, quietLog } from "@sallyport/backbone";
import { describeCloudNetwork } from "@sallyport/cloud/conformance";
import { ScopeId } from "@sallyport/contracts";
import { createSimulator, demoWorld, serveSimulator } from "@sallyport/simulator";
import { anAws } from "./aws-cloud.conformance.ts";
import { createAwsNetwork } from "./aws-network.ts";

describeCloudNetwork("EC2 by its SDK, simulated", anAws);
describeCloudNetwork("EC2 by its SDK, simulated, where closing revokes", () => anAws({ model: { closing: "revoke" } }));

describe("EC2 by its SDK, over a socket", () => {
  it("surveys a region with what is configured, and nothing else", async () => {
    const clock = createSystemClock();
    const served = await serveSimulator(await createSimulator({ world: demoWorld(), clock, auth: true }), {
      armPort: 0,
      ec2Port: 0,
      host: "127.0.0.1",
    });
    try {
      const { url, accounts } = served.ready.ec2;
      const [account] = accounts;
      if (account === undefined) throw new Error("the world has no account");
      const { accountId, ...credentials } = account;
      const network = createAwsNetwork({
        clock,
        settings: { endpoint: url, accounts: [{ accountId, regions: ["eu-west-1"], credentials }] },
        log: quietLog,
      });
      const names: string[] = [];
      for await (const net of network.survey(ScopeId.parse(`${accountId}/eu-west-1`)))
        names.push(...net.instances.map(({ name }) => name));
      expect(names).toContain("ec2-bastion");
    } finally {
      await served.close();
    }
  });
});
