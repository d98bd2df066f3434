import type { Records } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { Access, GrantId, Instant, VmRef } from "@sallyport/contracts";
import { doorsNow, noteDoors } from "@sallyport/domain";
import type { ExposureStep, OpenDoor, Openness } from "@sallyport/domain";
import { exposures } from "./tables.ts";
import type { ExposureRow } from "./tables.ts";

interface Parts {
  readonly records: Records;
}

const TRIES = 10;
/** Grants that are remembered as ended. */
const ENDED = 100;

/** What a look at a VM's network saw of it, our own grants left out. */
export const noteSeenDoors = (parts: Parts, vm: VmRef, at: Instant, seen: readonly OpenDoor[]): Promise<void> =>
  change(parts, vm, at, (row) => ({ ...row, isGone: false, seen: seen.map(storedDoor) }));

/** A grant of ours is open. */
export const noteOpened = (parts: Parts, { vm, grantId, ports }: Access, at: Instant): Promise<void> =>
  change(parts, vm, at, (row) =>
    row.ended.includes(grantId) || row.grants.some((one) => one.grantId === grantId)
      ? row
      : { ...row, grants: [...row.grants, { grantId, ports: [...ports] }] },
  );

/** A grant of ours is closed. */
export const noteClosed = (parts: Parts, vm: VmRef, grantId: GrantId, at: Instant): Promise<void> =>
  change(parts, vm, at, (row) =>
    row.ended.includes(grantId)
      ? row
      : {
          ...row,
          grants: row.grants.filter((one) => one.grantId !== grantId),
          ended: [...row.ended, grantId].slice(-ENDED),
        },
  );

/** The VM is gone, and so is whoever got in. */
export const noteNothingLeft = (parts: Parts, vm: VmRef, at: Instant): Promise<void> =>
  change(parts, vm, at, (row) => ({ ...row, seen: [], grants: [], isGone: true }));

/** Writes only what is news: a look that sees what was there already is vouched for by the scan's own end. */
async function change(
  { records }: Parts,
  vm: VmRef,
  at: Instant,
  next: (row: ExposureRow) => ExposureRow,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const known = await records.get(exposures, vm);
    const before: ExposureRow = known?.value ?? {
      vm,
      lookedAt: at,
      seen: [],
      grants: [],
      ended: [],
      steps: [],
      isGone: false,
    };
    const changed = next(before);
    const doors = doorsNow(changed.seen.map(readDoor), changed.grants);
    const steps = noteDoors(before.steps.map(readStep), at, doors).map(storedStep);
    const isNews =
      known === undefined ||
      changed.grants !== before.grants ||
      changed.ended !== before.ended ||
      changed.isGone !== before.isGone ||
      JSON.stringify([changed.seen, steps]) !== JSON.stringify([before.seen, before.steps]);
    if (!isNews) return;
    const row = { ...changed, steps, lookedAt: at < before.lookedAt ? before.lookedAt : at };
    if ((await records.put(exposures, vm, row, known?.version ?? 0)) === "done") return;
  }
  throw new SallyportError({ code: "backbone.stale", detail: `the exposure of ${vm} is written too often` });
}

const storedDoor = ({ port, protocol, sources, uncertain }: OpenDoor): ExposureRow["seen"][number] => {
  const texts = (stretches: OpenDoor["sources"]["ipv4"]) =>
    stretches.map(({ first, last }) => ({ first: `${first}`, last: `${last}` }));
  return { port, protocol, ipv4: texts(sources.ipv4), ipv6: texts(sources.ipv6), uncertain };
};

const readDoor = ({ port, protocol, ipv4, ipv6, uncertain }: ExposureRow["seen"][number]): OpenDoor => {
  const stretches = (texts: typeof ipv4) =>
    texts.map(({ first, last }) => ({ first: BigInt(first), last: BigInt(last) }));
  return { port, protocol, sources: { ipv4: stretches(ipv4), ipv6: stretches(ipv6) }, uncertain };
};

type StoredStep = ExposureRow["steps"][number];
type StoredOpenness = StoredStep["doors"][number]["withGrants"];

const storedOpenness = ({ ipv4, ipv6, uncertain }: Openness): StoredOpenness => ({
  ipv4: `${ipv4}`,
  ipv6: `${ipv6}`,
  uncertain,
});
const readOpenness = ({ ipv4, ipv6, uncertain }: StoredOpenness): Openness => ({
  ipv4: BigInt(ipv4),
  ipv6: BigInt(ipv6),
  uncertain,
});
const storedStep = ({ from, doors }: ExposureStep): StoredStep => ({
  from,
  doors: doors.map((door) => ({
    port: door.port,
    protocol: door.protocol,
    withGrants: storedOpenness(door.withGrants),
    withoutGrants: storedOpenness(door.withoutGrants),
  })),
});
const readStep = ({ from, doors }: StoredStep): ExposureStep => ({
  from,
  doors: doors.map((door) => ({
    ...door,
    withGrants: readOpenness(door.withGrants),
    withoutGrants: readOpenness(door.withoutGrants),
  })),
});
