import { EventId, GrantId, LockdownId, RequestId, VmRef } from "@sallyport/contracts";
import { deriveEventId, deriveGrantId, deriveLockdownId, newUuidV7 } from "./ids.ts";

const vm = VmRef.parse("arn:aws:ec2:eu-west-1:123456789012:instance/i-00000000000000001");
const other = VmRef.parse("arn:aws:ec2:eu-west-1:123456789012:instance/i-00000000000000002");
const request = newUuidV7(1_769_846_400_000, Buffer.alloc(10));

describe("a new id", () => {
  it("is a UUID v7, sorted by the time at which it was made", () => {
    expect(request).toBe("019c1310-e400-7000-8000-000000000000");
    const times = [0, 1, 255, 256, 1_769_846_400_000, 1_769_846_400_001, 2 ** 47];
    const ids = times.map((ms, i) => newUuidV7(ms, Buffer.alloc(10, 255 - i)));
    expect(ids.toSorted()).toEqual(ids);
    for (const id of ids) expect(RequestId.parse(id)).toMatch(/^.{14}7.{4}[89ab]/);
  });

  it("is another each time", () => {
    expect(new Set(Array.from({ length: 1000 }, () => newUuidV7(0))).size).toBe(1000);
  });
});

describe("a derived id", () => {
  it("is the same whenever the step is repeated: these do not change between versions", () => {
    expect(deriveEventId("cause", "granted")).toBe(deriveEventId("cause", "granted"));
    expect(EventId.parse(deriveEventId("cause", "granted"))).toMatch(/^.{14}5.{4}[89ab]/);
    expect(GrantId.parse(deriveGrantId(request, vm, "PT2H"))).toBe(deriveGrantId(request, vm, "PT2H"));
    expect(LockdownId.parse(deriveLockdownId(vm))).toBe(deriveLockdownId(vm));
  });

  it("differs with each part, wherever a part ends", () => {
    const events = [
      ["a", "b"],
      ["a", "c"],
      ["ab", ""],
      ["", "ab"],
    ] as const;
    expect(new Set(events.map(([cause, step]) => deriveEventId(cause, step))).size).toBe(events.length);
    const grants = [
      deriveGrantId(request, vm, "1"),
      deriveGrantId(request, vm, "2"),
      deriveGrantId(request, other, "1"),
    ];
    expect(new Set(grants).size).toBe(3);
    expect(deriveLockdownId(vm)).not.toBe(deriveLockdownId(other));
  });
});
