import { z } from "zod";
import { GrantId } from "./values/ids.ts";
import type { Instant } from "./values/instant.ts";
import { msOf } from "./values/instant.ts";
import { Cloud, VmRef } from "./values/vm-ref.ts";

/**
 * The catalogue of work. A job says only what to look at; what to do is decided by the row it names, when it runs
 * (level-triggered, guarantees.md). So any job may come twice, late, or for nothing.
 */
export const jobs = {
  /** Close a grant whose end has come. */
  RevokeGrant: z.object({ cloud: Cloud, vm: VmRef, grantId: GrantId }),
  /** Open a grant that was approved; also used to write a new end onto an open one. */
  OpenGrant: z.object({ cloud: Cloud, vm: VmRef, grantId: GrantId }),
  /** Close the ports that a policy selects. */
  LockVm: z.object({ cloud: Cloud, vm: VmRef }),
  /** Give back what the lockdown took. */
  UnlockVm: z.object({ cloud: Cloud, vm: VmRef }),
  /** Read one VM afresh, because what is heard of it says that its network has changed. */
  LookAtVm: z.object({ cloud: Cloud, vm: VmRef }),
  /** Refuse a request that nobody approved in time. */
  ExpireApproval: z.object({ vm: VmRef, grantId: GrantId }),
} as const;

export type JobName = keyof typeof jobs;
type JobOf<Name extends JobName> = { readonly name: Name; readonly data: z.infer<(typeof jobs)[Name]> };
export type Job = { [Name in JobName]: JobOf<Name> }[JobName];
export type JobNamed<Name extends JobName> = Extract<Job, { name: Name }>;

/** One queue per kind of work and cloud, so that opening never delays closing, and no cloud delays another (B8). */
export type Lane = string & { readonly lane: true };

export const laneOf = (job: Job): Lane => lane(job.name, "cloud" in job.data ? job.data.cloud : undefined);

export function lane(name: JobName, cloud?: Cloud): Lane {
  const kebab = name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return (cloud === undefined ? kebab : `${kebab}.${cloud}`) as Lane;
}

/** What the job is about: a grant, or a VM. */
const topicOfJob = ({ data }: Job): string => ("grantId" in data ? data.grantId : data.vm);

/**
 * The id under which a job due at `due` is put once, however often it is put. It carries the due instant: an id that exists is
 * silently ignored by BullMQ in any state (B2), and a retry is a new job with a new due instant. Without colons (trap 6).
 */
export const jobIdOf = (job: Job, due: Instant): string =>
  `${job.name}~${topicOfJob(job).replaceAll(":", "!")}~${msOf(due)}`;

/** Reads a stored job; `undefined` when it is none of the catalogue. */
export function readJob(name: string, data: unknown): Job | undefined {
  if (!Object.hasOwn(jobs, name)) return undefined;
  const parsed = jobs[name as JobName].safeParse(data);
  return parsed.success ? ({ name, data: parsed.data } as Job) : undefined;
}
