export { describeCloudNetwork } from "./cloud-network.conformance.ts";
export type { CloudUnderTest, World } from "./cloud-under-test.ts";
