import { redisArguments } from "./redis-arguments.ts";

describe("the arguments that Redis starts with", () => {
  const args = redisArguments({ port: 21_000, dir: "/d", appendFsync: "always" });
  const valueOf = (name: string): string | undefined => args[args.indexOf(name) + 1];

  it.each([
    ["listen on 127.0.0.1 only", "--bind", "127.0.0.1"],
    ["keep every acknowledged write", "--appendonly", "yes"],
    ["on the disk before the acknowledgement", "--appendfsync", "always"],
    ["take no snapshots beside that", "--save", ""],
    ["evict nothing", "--maxmemory-policy", "noeviction"],
    ["look at timers a hundred times a second", "--hz", "100"],
  ])("%s", (_, name, value) => {
    expect(valueOf(name)).toBe(value);
  });
});
