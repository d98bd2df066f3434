import { choosePackages } from "./choose-packages.ts";
import { planInstall, type Host } from "./plan-install.ts";

const debian: Host = { apt: true, brew: false, privilege: "root", listsAgeHours: 1 };
const mac: Host = { apt: false, brew: true, privilege: "none", listsAgeHours: undefined };

describe("deciding how to provide what is missing", () => {
  it("does nothing where nothing is missing, whoever the user is", () => {
    expect(planInstall([], { ...debian, privilege: "none" })).toEqual({ kind: "nothing" });
  });

  it("uses apt as root, and says in one line what it does", () => {
    const plan = planInstall(["redis"], debian);
    expect(plan).toMatchObject({ kind: "apt", missing: ["redis"], refresh: false });
    expect(plan.kind === "apt" && plan.announcement).toMatch(
      /^installing a Redis or Valkey server with apt-get \(once; .+\) …$/,
    );
  });

  it("never lets sudo ask for a password", () => {
    expect(planInstall(["java"], { ...debian, privilege: "sudo" })).toMatchObject({
      prefix: ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"],
    });
    expect(planInstall(["java"], debian)).toMatchObject({ prefix: ["env", "DEBIAN_FRONTEND=noninteractive"] });
  });

  it.each([
    { listsAgeHours: undefined, refresh: true },
    { listsAgeHours: 25, refresh: true },
    { listsAgeHours: 23, refresh: false },
  ])("refreshes package lists of $listsAgeHours hours: $refresh", ({ listsAgeHours, refresh }) => {
    expect(planInstall(["java"], { ...debian, listsAgeHours })).toMatchObject({ refresh });
  });

  it("uses Homebrew where there is no apt, or no right to use it", () => {
    expect(planInstall(["java", "redis"], mac)).toMatchObject({ kind: "brew", formulae: ["openjdk", "redis"] });
    expect(planInstall(["java"], { ...debian, privilege: "none", brew: true })).toMatchObject({ kind: "brew" });
  });

  it("otherwise names exactly what to install, and the ways around it", () => {
    const plan = planInstall(["java", "maven", "redis"], { ...debian, privilege: "none" });
    const message = plan.kind === "cannot" ? plan.message : "";
    expect(message).toContain("apt-get install -y --no-install-recommends openjdk-17-jre-headless maven redis-server");
    expect(message).toContain("brew install openjdk maven redis");
    for (const name of ["KAFKA_BROKERS", "REDIS_URL", "KAFKA_HOME"]) expect(message).toContain(name);
  });

  it("names nothing that is there", () => {
    const plan = planInstall(["redis"], { ...debian, apt: false });
    const message = plan.kind === "cannot" ? plan.message : "";
    expect(message).toContain("redis-server");
    expect(message).not.toMatch(/java|maven|jdk|KAFKA/i);
  });
});

describe("choosing packages of a distribution", () => {
  it("takes the first that the distribution has", () => {
    const has = (name: string): boolean =>
      ["openjdk-21-jre-headless", "openjdk-25-jre-headless", "maven"].includes(name);
    expect(choosePackages(["java", "maven"], has)).toEqual({
      packages: ["openjdk-21-jre-headless", "maven"],
      unavailable: [],
    });
  });

  it("says for which program it has none", () => {
    expect(choosePackages(["java", "redis"], (name) => name.startsWith("openjdk"))).toEqual({
      packages: ["openjdk-17-jre-headless"],
      unavailable: ["redis"],
    });
  });
});
