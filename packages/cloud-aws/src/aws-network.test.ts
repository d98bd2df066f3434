import { describeCloudNetwork } from "@sallyport/cloud/conformance";
import { anAws } from "./aws-cloud.conformance.ts";

describeCloudNetwork("EC2 by its SDK, simulated", anAws);
