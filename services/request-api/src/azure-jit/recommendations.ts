import type { Cloud } from "@sallyport/contracts";

/** One of Defender's recommendations, by the key of its assessments. */
export interface Recommendation {
  readonly key: string;
  readonly cloud: Cloud;
  readonly displayName: string;
}

/** The just-in-time recommendation of each cloud (S29; seed.md E10, E11). */
export const recommendations: readonly Recommendation[] = [
  {
    key: "805651bc-6ecd-4c73-9b55-97a19d0582d0",
    cloud: "azure",
    displayName: "Management ports of virtual machines should be protected with just-in-time network access control",
  },
  {
    key: "9b26b102-ccde-4697-aa30-f0621f865f99",
    cloud: "aws",
    displayName: "Management ports of EC2 instances should be protected with just-in-time network access control",
  },
];

export const recommendationFor = (cloud: Cloud): Recommendation | undefined =>
  recommendations.find((one) => one.cloud === cloud);
