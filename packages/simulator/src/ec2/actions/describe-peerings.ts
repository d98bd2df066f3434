import type { VpcPeering } from "../../world/aws/describe.ts";
import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { fieldsOf } from "../filter-paths.ts";
import { filtered } from "../filters.ts";
import { foundOrAll, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import { isRefusal } from "../refusal.ts";

const fields = fieldsOf<VpcPeering>(
  [
    "accepter-vpc-info.cidr-block",
    "accepter-vpc-info.owner-id",
    "accepter-vpc-info.vpc-id",
    "expiration-time",
    "requester-vpc-info.cidr-block",
    "requester-vpc-info.owner-id",
    "requester-vpc-info.vpc-id",
    "vpc-peering-connection-id",
  ],
  { "status-code": "Status.Code", "status-message": "Status.Message" },
);

export const DescribeVpcPeeringConnections: Action = {
  kind: "read",
  names: {
    VpcPeeringConnections: [
      "vpcPeeringConnectionSet",
      {
        AccepterVpcInfo: ["accepterVpcInfo", { CidrBlockSet: "cidrBlockSet", Ipv6CidrBlockSet: "ipv6CidrBlockSet" }],
        RequesterVpcInfo: ["requesterVpcInfo", { CidrBlockSet: "cidrBlockSet", Ipv6CidrBlockSet: "ipv6CidrBlockSet" }],
      },
    ],
  },
  run: (call) => {
    const named = foundOrAll(call.query.texts("VpcPeeringConnectionId"), call.region.peerings, kinds.peering);
    if (isRefusal(named)) return refused(named);
    const left = filtered(call.query, named, fields, ({ Tags }) => Tags);
    if (isRefusal(left)) return refused(left);
    return answerPage(
      pageOf(call, left, ({ VpcPeeringConnectionId }) => VpcPeeringConnectionId),
      (VpcPeeringConnections) => ({ VpcPeeringConnections }),
    );
  },
};
