import { topics } from "@sallyport/contracts";
import { defaultTopicSettings, topicPlan } from "./topic-plan.ts";

describe("the plan of topics", () => {
  const plan = topicPlan((name) => `x.${name}`, { ...defaultTopicSettings, partitions: 6, replicationFactor: 3 });
  const settingsOf = (name: string) =>
    Object.fromEntries(
      (plan.find(({ topic }) => topic === `x.${name}`)?.configEntries ?? []).map((e) => [e.name, e.value]),
    );

  it("has every topic of the language and the dead letters, with everything said", () => {
    expect(plan.map(({ topic }) => topic)).toEqual(
      [...Object.keys(topics), "sallyport.dead-letter"].map((t) => `x.${t}`),
    );
    for (const { numPartitions, replicationFactor } of plan) {
      expect(numPartitions).toBeGreaterThan(0);
      expect(replicationFactor).toBe(3);
    }
  });

  it("compacts exactly what the language says holds whole states, and keeps the rest for its time", () => {
    for (const [name, { cleanup }] of Object.entries(topics)) expect(settingsOf(name)["cleanup.policy"]).toBe(cleanup);
    expect(settingsOf("sallyport.access")["retention.ms"]).toBe(String(30 * 86_400_000));
    expect(settingsOf("sallyport.dead-letter")["retention.ms"]).toBe(String(90 * 86_400_000));
  });

  it("lets one replica be away, and asks for no second where there is one", () => {
    expect(settingsOf("sallyport.policy")["min.insync.replicas"]).toBe("2");
    const [alone] = topicPlan((name) => name, defaultTopicSettings);
    expect(alone?.configEntries).toContainEqual({ name: "min.insync.replicas", value: "1" });
  });
});
