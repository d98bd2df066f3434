import { missingSoftwareMessage } from "./missing-software.ts";
import { listed, software, type Software } from "./software.ts";

/** What this machine and this user allow. */
export interface Host {
  readonly apt: boolean;
  readonly brew: boolean;
  /** May install system packages: as root, by sudo that asks for no password, or not at all. */
  readonly privilege: "root" | "sudo" | "none";
  /** Age of apt's package lists in hours; undefined when there are none. */
  readonly listsAgeHours: number | undefined;
}

/** How the missing programs come onto the machine. */
export type InstallPlan =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "apt";
      readonly missing: readonly Software[];
      /** Goes before each command. */
      readonly prefix: readonly string[];
      /** Whether the lists are too old to install from. */
      readonly refresh: boolean;
      readonly announcement: string;
    }
  | { readonly kind: "brew"; readonly formulae: readonly string[]; readonly announcement: string }
  | { readonly kind: "cannot"; readonly message: string };

/** Older lists name versions that the mirror no longer has. */
const listsKeepHours = 24;

const announce = (missing: readonly Software[], by: string): string =>
  `installing ${listed(missing.map((what) => software[what].title))} with ${by} (once; ${missing.includes("java") ? "about a minute" : "about 20 seconds"}) …`;

/** Decides how to provide what is missing; settled.md §7: a package manager that the user may use, else one message. */
export const planInstall = (missing: readonly Software[], host: Host): InstallPlan => {
  if (missing.length === 0) return { kind: "nothing" };
  if (host.apt && host.privilege !== "none") {
    return {
      kind: "apt",
      missing,
      prefix: [...(host.privilege === "sudo" ? ["sudo", "-n"] : []), "env", "DEBIAN_FRONTEND=noninteractive"],
      refresh: host.listsAgeHours === undefined || host.listsAgeHours > listsKeepHours,
      announcement: announce(missing, "apt-get"),
    };
  }
  if (host.brew) {
    return {
      kind: "brew",
      formulae: missing.map((what) => software[what].brew),
      announcement: announce(missing, "Homebrew"),
    };
  }
  const why = host.apt
    ? "This user is neither root nor has sudo without a password, so please install:"
    : "Found neither apt-get nor Homebrew, so please install by the means of this system, for example:";
  return { kind: "cannot", message: missingSoftwareMessage(missing, why) };
};
