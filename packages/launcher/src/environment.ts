/** Environment variables as Node gives them; always an argument, so that a test can say what is set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set to something. An empty one counts as not set, as in a shell's `${X:-}`. */
export const settingOf = (env: Environment, name: string): string | undefined => {
  const value = env[name];
  return value === undefined || value === "" ? undefined : value;
};
