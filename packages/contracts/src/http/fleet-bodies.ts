import { z } from "zod";
import { Tab } from "./vm-bodies.ts";
import { Finding } from "../values/finding.ts";
import { ScanView } from "./scan-bodies.ts";
import { unjudged } from "./unjudged.ts";

const Count = z.int().nonnegative();
const countOf = <Name extends string>(names: readonly Name[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, Count])) as Record<Name, typeof Count>);

/** How many VMs of those asked about are under each tab. */
export const FleetView = z.object({
  vms: Count,
  tabs: countOf(Tab.options).describe("by what can be done; VMs that are not evaluated are under none"),
  statuses: countOf(Finding.shape.status.options).describe("by what the recommendation says"),
  critical: Count.describe("VMs of which every port is open to the Internet, though none can be locked down"),
  stale: Count.describe("VMs whose finding is older than it should be"),
  complete: z.boolean().describe("false: there are more VMs than one call counts; narrow it"),
  ...unjudged,
  scopes: z.array(ScanView).describe("the newest scan of each scope with VMs among these"),
});
export type FleetView = z.input<typeof FleetView>;
