import { scopeOf } from "@sallyport/contracts";
import type { Cloud, Port, ScopeId } from "@sallyport/contracts";
import type { CloudNetwork } from "@sallyport/cloud";
import { exposureOf, fromInternet } from "@sallyport/domain";
import type { Exposure, NetworkModel, VmFacts } from "@sallyport/domain";

/** What one look at a VM gave. */
export interface Sighting {
  readonly facts: VmFacts;
  /** Who gets in from the Internet, or may, to the management ports. */
  readonly exposure: readonly Exposure[];
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
}

export interface SurveyedCloudParts<Net, Rule> {
  readonly cloud: Cloud;
  readonly network: Pick<CloudNetwork<Net, Rule>, "survey">;
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
  const sightingsIn = (net: Net, scope: ScopeId, managementPorts: readonly Port[]): readonly Sighting[] => {
    const doors = managementPorts.map((port) => ({ port, protocol: "tcp" as const }));
    return model
      .vms(net)
      .filter((vm) => scopeOf(vm) === scope)
      .flatMap((vm) => {
        const facts = model.facts(net, vm);
        return facts === undefined ? [] : [{ facts, exposure: fromInternet(exposureOf(model, net, vm, doors)) }];
      });
  };
  return {
    cloud,
    scopes,
    survey: async function* (scope, managementPorts) {
      for await (const net of network.survey(scope)) yield { sightings: sightingsIn(net, scope, managementPorts), net };
    },
  };
}
