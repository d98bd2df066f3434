import { SMALL } from "@sallyport/simulator";
import type { OutsiderEdit, Simulator } from "@sallyport/simulator";
import { APP_GROUP, REGION } from "./estates.ts";
import type { Estate } from "./estates.ts";

export interface NeighboursRule {
  readonly source: string;
  readonly port: number;
  /** On Azure. */
  readonly access?: "Allow" | "Deny";
  readonly priority?: number;
  readonly name?: string;
}

/** What somebody else's tool does to let an address in: a rule of their own on every level of the path. */
export function edits(cloud: Estate["cloud"], rule: NeighboursRule): readonly OutsiderEdit[] {
  const { source, port, access = "Allow", priority = 299, name = "neighbours-own" } = rule;
  if (cloud === "aws")
    return [
      {
        cloud: "aws",
        region: REGION,
        action: "AuthorizeSecurityGroupIngress",
        params: {
          GroupId: APP_GROUP,
          "IpPermissions.1.IpProtocol": "tcp",
          "IpPermissions.1.FromPort": String(port),
          "IpPermissions.1.ToPort": String(port),
          "IpPermissions.1.IpRanges.1.CidrIp": source,
        },
      },
    ];
  const properties = {
    protocol: "Tcp",
    sourcePortRange: "*",
    destinationPortRange: String(port),
    sourceAddressPrefix: source,
    destinationAddressPrefix: "*",
    access,
    priority,
    direction: "Inbound",
  };
  return [SMALL.subnetNsg, SMALL.nicNsg].map((nsg) => ({
    cloud: "azure",
    method: "PUT",
    path: `${nsg}/securityRules/${name}`,
    body: { properties },
  }));
}

/** Does it, now. */
export async function neighbourWrites(
  { control }: Pick<Simulator, "control">,
  all: readonly OutsiderEdit[],
): Promise<void> {
  for (const edit of all) {
    const answer = await control.outsider({ edit });
    if (answer === "planned" || "misunderstood" in answer || answer.status >= 300)
      throw new Error(JSON.stringify(answer));
  }
}
