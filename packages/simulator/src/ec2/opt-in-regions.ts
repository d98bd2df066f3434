/** Regions that an account does not have until it enables them; the others it has from the start. */
const OPT_IN = [
  "af-south-1",
  "ap-east-1",
  "ap-east-2",
  "ap-south-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ap-southeast-5",
  "ap-southeast-6",
  "ap-southeast-7",
  "ca-west-1",
  "eu-central-2",
  "eu-south-1",
  "eu-south-2",
  "il-central-1",
  "me-central-1",
  "me-south-1",
  "mx-central-1",
];

export const isOptIn = (region: string): boolean => OPT_IN.includes(region);

/** Those that are not among an account's own. */
export const notOptedIn = (own: readonly string[]): readonly string[] => OPT_IN.filter((name) => !own.includes(name));
