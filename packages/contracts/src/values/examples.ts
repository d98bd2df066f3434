/** The ids that every example uses, so that the examples together tell one story. */
export const exampleVm =
  "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/vm-web-01";

export const exampleAccess = {
  requestId: "0193a5e4-7c00-7000-8000-000000000001",
  grantId: "g7k2m9q4x1b8",
  vm: exampleVm,
  vmName: "vm-web-01",
  principal: {
    id: "5f0e2a34-0000-4000-8000-00000000a11c@9d1e0000-0000-4000-8000-0000000000f1",
    displayName: "Alice Example",
  },
  ports: [{ port: 22, protocol: "tcp" as const, sources: ["203.0.113.7/32"] }],
  duration: 7200,
  justification: "deploy hotfix 4711",
  policyVersion: 3,
  requestedAt: "2026-01-31T08:00:00.000Z",
};
