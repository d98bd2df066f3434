import { aProfile, aVm } from "@sallyport/testkit";
import { aFinding, classified } from "../an-api.conformance.ts";
import { anAzureJit, SECURITY, SUBSCRIPTION, idOfVm, vmNamed } from "./an-azure-jit.conformance.ts";

const { call, ours } = anAzureJit();

describe("assessments", () => {
  const KEY = "805651bc-6ecd-4c73-9b55-97a19d0582d0";
  const AWS_KEY = "9b26b102-ccde-4697-aa30-f0621f865f99";
  const of = (name: string) => `${idOfVm(name)}/${SECURITY}/assessments`;

  it("show each finding with its cause and description", async () => {
    await ours().tell(
      classified(
        aProfile({ vm: vmNamed("vm-2") }),
        aFinding({
          status: "NotApplicable",
          severity: undefined,
          reasonCode: "STOPPED",
          reason: "This VM is stopped.",
        }),
      ),
    );
    await ours().tell(
      classified(
        aProfile({ vm: vmNamed("vm-3") }),
        aFinding({ status: "NotEvaluated", severity: undefined, reasonCode: "NOT_ENROLLED" }),
      ),
    );
    const one = await call("GET", `${of("vm-1")}/${KEY}`);
    expect(one.body).toMatchObject({
      id: `${of("vm-1")}/${KEY}`,
      name: KEY,
      type: "Microsoft.Security/assessments",
      properties: {
        displayName:
          "Management ports of virtual machines should be protected with just-in-time network access control",
        resourceDetails: { source: "Azure", id: idOfVm("vm-1") },
        status: { code: "Unhealthy", cause: "NSG_ALLOWS", description: "open" },
        additionalData: { severity: "High" },
      },
    });
    expect((await call("GET", of("vm-2"))).body.value[0].properties.status).toEqual({
      code: "NotApplicable",
      cause: "STOPPED",
      description: "This VM is stopped.",
    });
    expect((await call("GET", `${of("vm-3")}/${KEY}`)).status).toBe(404);
    const all = await call("GET", `/subscriptions/${SUBSCRIPTION}/${SECURITY}/assessments`);
    expect(all.body.value.map(({ id }: { readonly id: string }) => id)).toEqual([
      `${of("vm-1")}/${KEY}`,
      `${of("vm-2")}/${KEY}`,
    ]);
  });

  it("have a key of their own on AWS", async () => {
    const vm = aVm("aws");
    await ours().tell(classified(aProfile({ vm })));
    const { body } = await call("GET", `/subscriptions/${SUBSCRIPTION}/${SECURITY}/assessments`);
    const found = body.value.find(({ name }: { readonly name: string }) => name === AWS_KEY);
    expect(found.properties.resourceDetails).toMatchObject({
      source: "Azure",
      id: expect.stringContaining("securityentitydata"),
    });
    expect((await call("GET", found.id)).body).toEqual(found);
    expect((await call("GET", found.id.replace(AWS_KEY, KEY))).status).toBe(404);
  });

  it("let Azure Policy's existence condition hold exactly for what is Healthy or NotApplicable (E12)", async () => {
    for (const status of ["Healthy", "Unhealthy", "NotApplicable", "NotEvaluated"] as const) {
      await ours().tell(classified(aProfile({ vm: vmNamed("vm-1") }), aFinding({ status })));
      const { body } = await call("GET", of("vm-1"));
      const exists = body.value.some(
        ({
          name,
          properties,
        }: {
          readonly name: string;
          readonly properties: { readonly status: { readonly code: string } };
        }) => name === KEY && ["NotApplicable", "Healthy"].includes(properties.status.code),
      );
      expect([status, exists]).toEqual([status, status === "Healthy" || status === "NotApplicable"]);
    }
  });

  it("are shown to who may read the VM, with the metadata where it is asked for", async () => {
    expect(
      (await call("GET", `${of("vm-1")}/${KEY}?$expand=metadata`, { as: "rita" })).body.properties.metadata.severity,
    ).toBe("High");
    expect(await call("GET", `${of("vm-1")}/${KEY}`, { as: "nora" })).toMatchObject({
      status: 403,
      body: { error: { code: "AuthorizationFailed" } },
    });
    expect((await call("GET", of("vm-1"), { as: "nora" })).body).toEqual({ value: [] });
    expect((await ours().call("GET", `${of("vm-1")}?api-version=2021-06-01`)).status).toBe(200);
  });
});
