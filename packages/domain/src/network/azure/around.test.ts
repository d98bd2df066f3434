import { managementPorts } from "@sallyport/contracts";
import type { ObjectId, PortSpec } from "@sallyport/contracts";
import { exposureOf } from "../exposure.ts";
import { netAround } from "./around.ts";
import type { AzureNet } from "./net.ts";
import { model, nsgId, vm, vmNamed, walledNet } from "./walled-net.conformance.ts";

const other = vmNamed("vm-b");
const ports = managementPorts.map((port): PortSpec => ({ port, protocol: "*" }));

/** Both machines in one application security group, which their NSG lets in. */
function grouped(): AzureNet {
  const net = walledNet();
  const group = `${nsgId}-asg` as ObjectId;
  return {
    ...net,
    interfaces: net.interfaces.map((one) => ({
      ...one,
      configurations: one.configurations.map((configuration) => ({ ...configuration, groups: [group] })),
    })),
    nsgs: net.nsgs.map((nsg) => ({
      ...nsg,
      rules: [
        ...nsg.rules,
        {
          name: "from-the-group",
          description: "",
          access: "allow",
          direction: "inbound",
          priority: 111,
          protocol: "*",
          sourcePorts: ["*"],
          destinationPorts: ["22"],
          sources: [],
          destinations: ["*"],
          sourceGroups: [group],
          destinationGroups: [],
        },
      ],
    })),
  };
}

describe("the part of a Net around some VMs", () => {
  const whole = grouped();

  it.each([{ refs: [vm] }, { refs: [other] }, { refs: [other, vm] }])(
    "is judged as it stands, without what is known of the whole: $refs",
    ({ refs }) => {
      const part = netAround(whole, refs);
      // A copy has never been part of anything.
      const alone = structuredClone(part);
      for (const ref of [vm, other]) {
        expect(model.facts(part, ref)).toEqual(model.facts(alone, ref));
        expect(model.addresses(part, ref)).toEqual(model.addresses(alone, ref));
        expect(exposureOf(model, part, ref, ports)).toEqual(exposureOf(model, alone, ref, ports));
      }
      expect(model.vms(part)).toEqual(refs);
    },
  );
});
