import { software, type Software } from "./software.ts";

/** Which Debian packages to install, and what none of the known packages would bring. */
export interface PackageChoice {
  readonly packages: readonly string[];
  readonly unavailable: readonly Software[];
}

/** For each missing program the first of its packages that this distribution has. */
export const choosePackages = (missing: readonly Software[], has: (name: string) => boolean): PackageChoice => {
  const choices = missing.map((what) => ({ what, name: software[what].apt.find(has) }));
  return {
    packages: choices.flatMap(({ name }) => (name === undefined ? [] : [name])),
    unavailable: choices.flatMap(({ what, name }) => (name === undefined ? [what] : [])),
  };
};
