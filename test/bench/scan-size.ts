// One size of R4, in a process of its own, so that its memory is its own: `scan-size.ts <VMs>` prints one line of JSON.
import { ScopeId, managementPorts } from "@sallyport/contracts";
import { classify, createAzureModel, netAround, parseAzureNet } from "@sallyport/domain";
import type { AzureNet } from "@sallyport/domain";
import { surveyedCloud } from "@sallyport/scanner";
import { interleave } from "./interleave.ts";
import { VMS_PER_SUBSCRIPTION, allPages, subscriptionBytes } from "./scan-estate.ts";
import type { SubscriptionBytes } from "./scan-estate.ts";

const PAGE = 50;
const WARM_UP = 12;
const size = Number(process.argv[2]);
const subscriptions = Math.ceil(size / VMS_PER_SUBSCRIPTION);

interface Listed {
  readonly value: readonly { readonly id: string; readonly properties: { readonly instanceView?: unknown } }[];
}
const read = (pages: readonly string[]) => pages.flatMap((page) => (JSON.parse(page) as Listed).value);

/** As the survey does it: the lists joined, then given out in pages. */
async function* pagesOf(bytes: SubscriptionBytes): AsyncGenerator<AzureNet> {
  const states = new Map(read(bytes.states).map(({ id, properties }) => [id, properties.instanceView]));
  const net = parseAzureNet({
    vms: read(bytes.vms).map((vm) => ({ ...vm, properties: { ...vm.properties, instanceView: states.get(vm.id) } })),
    interfaces: read(bytes.interfaces),
    vnets: read(bytes.vnets),
    nsgs: read(bytes.nsgs),
    publicAddresses: read(bytes.publicAddresses),
  });
  const refs = net.vms.map(({ ref }) => ref).sort();
  for (let from = 0; from < refs.length; from += PAGE) yield netAround(net, refs.slice(from, from + PAGE));
}

const found = { Healthy: 0, Unhealthy: 0, NotApplicable: 0, NotEvaluated: 0 };
async function scan(nth: number, bytes: SubscriptionBytes): Promise<void> {
  const scope = ScopeId.parse(`6f1c9f0e-7d3a-4c11-9a57-${`${nth}`.padStart(12, "0")}`);
  const cloud = surveyedCloud({
    cloud: "azure",
    scopes: [scope],
    model: createAzureModel(),
    network: { survey: () => pagesOf(bytes), read: () => Promise.reject(new Error("not read")) },
  });
  for await (const { sightings } of cloud.survey(scope, managementPorts))
    for (const seen of sightings)
      found[classify({ ...seen, isEnrolled: true, lockdown: { kind: "pending" } }).status] += 1;
}

const rates: Record<"ours" | "floor", number[]> = { ours: [], floor: [] };
let kept: unknown;
for (let nth = -WARM_UP; nth < subscriptions; nth++) {
  const bytes = subscriptionBytes(Math.max(0, nth));
  const pages = allPages(bytes);
  const order = interleave(2).slice(nth % 2 === 0 ? 0 : 2);
  for (const side of order.slice(0, 2)) {
    const before = performance.now();
    if (side === "ours") await scan(Math.max(0, nth), bytes);
    else kept = pages.map((page): unknown => JSON.parse(page));
    if (nth >= 0) rates[side].push((VMS_PER_SUBSCRIPTION * 1000) / (performance.now() - before));
  }
}
const { maxRSS } = process.resourceUsage();
process.stdout.write(
  `${JSON.stringify({ size, ...rates, rssMb: maxRSS / 1024, found, last: Array.isArray(kept) ? kept.length : 0 })}\n`,
);
