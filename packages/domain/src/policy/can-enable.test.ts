import { scopeOf } from "@sallyport/contracts";
import type { Finding } from "@sallyport/contracts";
import { aVm } from "@sallyport/testkit";
import { canEnable } from "./can-enable.ts";

const finding = (reasonCode: Finding["reasonCode"], evidence: Finding["evidence"] = []): Finding => ({
  status: "Unhealthy",
  reasonCode,
  reason: "Why.",
  evidence,
  warnings: [],
});
const vm = aVm();
const enrolled = new Set([scopeOf(vm)]);

describe("enabling JIT on a VM", () => {
  it("is possible on a VM that a survey of an enrolled scope has seen", () =>
    expect(canEnable({ vm, enrolled, finding: finding("NSG_ALLOWS") })).toEqual([]));

  it("is refused for a scope that is not enrolled, and says so (S30)", () =>
    expect(canEnable({ vm, enrolled: new Set(), finding: finding("NSG_ALLOWS") })).toMatchObject([
      { code: "scope.not-enrolled", object: scopeOf(vm) },
    ]));

  it("is refused for an instance of an AWS account that is not connected (S16)", () =>
    expect(canEnable({ vm: aVm("aws"), enrolled, finding: undefined })).toMatchObject([
      { code: "scope.not-enrolled", object: "123456789012/eu-west-1" },
    ]));

  it("is refused for a VM that no survey has seen", () =>
    expect(canEnable({ vm, enrolled, finding: undefined })).toMatchObject([{ code: "vm.unknown" }]));

  it("is refused behind a firewall with a policy, naming the firewall (S24, S26)", () => {
    const evidence = [{ kind: "firewall" as const, object: "fw-hub", detail: "has a policy" }];
    expect(canEnable({ vm, enrolled, finding: finding("FIREWALL_POLICY_UNSUPPORTED", evidence) })).toMatchObject([
      { code: "network.unsupported", object: "fw-hub" },
    ]);
  });

  it("is refused where nothing could close a port", () => {
    expect(canEnable({ vm, enrolled, finding: finding("NO_NSG_OR_FIREWALL") })).toMatchObject([
      { code: "network.no-nsg" },
    ]);
    expect(canEnable({ vm, enrolled, finding: finding("CLASSIC") })).toMatchObject([{ code: "network.unsupported" }]);
  });
});
