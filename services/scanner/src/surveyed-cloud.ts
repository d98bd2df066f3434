import { scopeOf } from "@sallyport/contracts";
import type { Cloud, Port, ScopeId, VmRef } from "@sallyport/contracts";
import type { CloudNetwork } from "@sallyport/cloud";
import { exposureOf, fromInternet, openDoors } from "@sallyport/domain";
import type { Exposure, NetworkModel, OpenDoor, VmFacts } from "@sallyport/domain";

/** What one look at a VM gave. */
export interface Sighting {
  readonly facts: VmFacts;
  /** Who gets in from the Internet, or may, to the management ports. */
  readonly exposure: readonly Exposure[];
  /** Who gets in at all, or may, our own grants left out. */
  readonly doors: readonly OpenDoor[];
}

/** One page of a survey: the VMs on it, and the network that they were seen in, as plain JSON. */
export interface SurveyPage {
  readonly sightings: readonly Sighting[];
  readonly net: unknown;
}

/** A cloud as the scanner sees it: what its rules look like stays inside. */
export interface SurveyedCloud {
  readonly cloud: Cloud;
  /** The enrolled subscriptions, or `<account>/<region>`s. */
  readonly scopes: readonly ScopeId[];
  readonly survey: (scope: ScopeId, managementPorts: readonly Port[]) => AsyncIterable<SurveyPage>;
  /** One VM, fresh from the cloud; `undefined` when it is not there. */
  readonly read: (vm: VmRef, managementPorts: readonly Port[]) => Promise<Sighting | undefined>;
}

export interface SurveyedCloudParts<Net, Rule> {
  readonly cloud: Cloud;
  readonly network: Pick<CloudNetwork<Net, Rule>, "survey" | "read">;
  readonly model: NetworkModel<Net, Rule>;
  readonly scopes: readonly ScopeId[];
}

/** Reads each page of a survey into facts and exposure. */
export function surveyedCloud<Net, Rule>({
  cloud,
  network,
  model,
  scopes,
}: SurveyedCloudParts<Net, Rule>): SurveyedCloud {
  const sightingsIn = (net: Net, vms: readonly VmRef[], managementPorts: readonly Port[]): readonly Sighting[] => {
    const ports = managementPorts.map((port) => ({ port, protocol: "tcp" as const }));
    const others = model.withoutGrants?.(net) ?? net;
    return vms.flatMap((vm) => {
      const facts = model.facts(net, vm);
      if (facts === undefined) return [];
      const exposure = exposureOf(model, net, vm, ports);
      const foreign = others === net ? exposure : exposureOf(model, others, vm, ports);
      const doors = openDoors(foreign, facts.exposedBy.length > 0);
      return [{ facts, exposure: fromInternet(exposure), doors }];
    });
  };
  return {
    cloud,
    scopes,
    survey: async function* (scope, managementPorts) {
      for await (const net of network.survey(scope)) {
        const vms = model.vms(net).filter((vm) => scopeOf(vm) === scope);
        yield { sightings: sightingsIn(net, vms, managementPorts), net };
      }
    },
    read: async (vm, managementPorts) =>
      sightingsIn(await network.read({ vms: [vm], objects: [] }), [vm], managementPorts)[0],
  };
}
