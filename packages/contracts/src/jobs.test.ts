import fc from "fast-check";
import { jobIdOf, jobs, lane, laneOf, readJob } from "./jobs.ts";
import type { Job, JobName } from "./jobs.ts";
import { instantOf } from "./values/instant.ts";

const arn = "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc1234def567890";
const data = { cloud: "aws", vm: arn, grantId: "g7k2m9q4x1b8" };
const names = Object.keys(jobs) as JobName[];
const jobOf = (name: JobName): Job => {
  const job = readJob(name, data);
  if (job === undefined) throw new Error(`${name} does not read ${JSON.stringify(data)}`);
  return job;
};

describe.each(names)("the id of the job %s", (name) => {
  it("has no colon, which BullMQ keeps for itself", () => {
    expect(jobIdOf(jobOf(name), instantOf(0))).not.toContain(":");
  });

  it("is the same for the same due instant, and another for any other", () => {
    const due = fc.integer({ min: 0, max: 4e12 });
    expect(() =>
      fc.assert(
        fc.property(due, due, (a, b) => {
          const [first, second] = [jobIdOf(jobOf(name), instantOf(a)), jobIdOf(jobOf(name), instantOf(b))];
          return (first === second) === (a === b);
        }),
      ),
    ).not.toThrow();
  });

  it("survives its own JSON", () => {
    expect(readJob(name, JSON.parse(JSON.stringify(jobOf(name).data)))).toEqual(jobOf(name));
  });
});

describe("the lanes", () => {
  it("keep opening, closing and each cloud apart", () => {
    const all = names.flatMap((name) => [lane(name, "azure"), lane(name, "aws")]);
    expect(new Set(all).size).toBe(all.length);
    expect(laneOf(jobOf("RevokeGrant"))).toBe("revoke-grant.aws");
    expect(laneOf(jobOf("ExpireApproval"))).toBe("expire-approval");
  });
});

describe("a stored job", () => {
  it("that is of no known kind, or cannot be read, is none", () => {
    expect(readJob("PaintDoor", data)).toBeUndefined();
    expect(readJob("toString", data)).toBeUndefined();
    expect(readJob("RevokeGrant", { vm: arn })).toBeUndefined();
    expect(readJob("RevokeGrant", undefined)).toBeUndefined();
  });
});
