import type { VpcPeering } from "./describe.ts";
import type { AwsRegion } from "./region.ts";

export const peeringOf = (region: AwsRegion, id: string): VpcPeering | undefined => region.peerings.get(id);

/** The active peering between two VPCs, if the world holds one. */
export const activePeering = (region: AwsRegion, one: string | undefined, other: string | undefined) =>
  [...region.peerings.values()].find((peering) => {
    const ends = [peering.AccepterVpcInfo.VpcId, peering.RequesterVpcInfo.VpcId];
    return peering.Status.Code === "active" && one !== other && [one, other].every((vpc) => ends.includes(vpc ?? ""));
  });

/** The far ends, in an account, of the active peerings of a VPC. */
export const farEnds = (region: AwsRegion, vpcId: string | undefined, ownerId: string) =>
  [...region.peerings.values()]
    .filter(({ Status }) => Status.Code === "active")
    .flatMap(({ VpcPeeringConnectionId, AccepterVpcInfo, RequesterVpcInfo }) => {
      const ends = [AccepterVpcInfo, RequesterVpcInfo];
      return ends.some(({ VpcId }) => VpcId === vpcId)
        ? ends
            .filter(({ VpcId, OwnerId }) => VpcId !== vpcId && OwnerId === ownerId)
            .map(({ VpcId }) => ({ id: VpcPeeringConnectionId, vpcId: VpcId }))
        : [];
    });
