/** When an acknowledged write is on the disk: before the acknowledgement, or within a second. */
export type AppendFsync = "always" | "everysec";

/** Arguments of a Redis or Valkey server that loses nothing it acknowledged and evicts nothing. `hz 100` halves the lateness of timers. */
export const redisArguments = (of: {
  readonly port: number;
  readonly dir: string;
  readonly appendFsync: AppendFsync;
}): readonly string[] =>
  [
    ["--port", String(of.port), "--bind", "127.0.0.1"],
    ["--dir", of.dir, "--daemonize", "no"],
    ["--appendonly", "yes", "--appendfsync", of.appendFsync, "--save", ""],
    ["--maxmemory-policy", "noeviction"],
    ["--hz", "100"],
  ].flat();
