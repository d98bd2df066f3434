import { access, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { runCommand } from "../run-command.ts";
import { isStale, withFileLock } from "./file-lock.ts";
import { scratchFolder } from "../process/scratch-folder.ts";

const aLock = async (): Promise<string> => join(scratchFolder(), "a.lock");

const aDeadPid = async (): Promise<string> => (await runCommand("sh", ["-c", "echo $$"])).stdout.trim();

describe("a lock between processes", () => {
  it("lets one in at a time, and everyone in the end", async () => {
    const path = await aLock();
    let inside = 0;
    const seen = await Promise.all(
      Array.from({ length: 5 }, () =>
        withFileLock(path, async () => {
          inside += 1;
          const together = inside;
          await sleep(5);
          inside -= 1;
          return together;
        }),
      ),
    );
    expect(seen).toEqual([1, 1, 1, 1, 1]);
    await expect(access(path)).rejects.toThrow("ENOENT");
  });

  it("is given back by a run that fails", async () => {
    const path = await aLock();
    await expect(withFileLock(path, async () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await withFileLock(path, async () => "next")).toBe("next");
  });

  it("of an owner that was killed is taken over, by one of all that wait", async () => {
    const path = await aLock();
    await writeFile(path, `${hostname()}\n${await aDeadPid()}\n`);
    let inside = 0;
    const most = await Promise.all(
      Array.from({ length: 4 }, () =>
        withFileLock(path, async () => {
          inside += 1;
          const together = inside;
          await sleep(20);
          inside -= 1;
          return together;
        }),
      ),
    );
    expect(Math.max(...most)).toBe(1);
  });

  it("of another host is taken over when that has been silent for long", async () => {
    const path = await aLock();
    await writeFile(path, "elsewhere\n1\n");
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(path, longAgo, longAgo);
    expect(await withFileLock(path, async () => "mine")).toBe("mine");
  });

  it.each([
    ["its owner runs", { owner: { host: "here", pid: 7 }, silentMs: 1_000 }, false],
    ["its owner on this host is gone", { owner: { host: "here", pid: 8 }, silentMs: 1_000 }, true],
    ["that number means nothing, on another host", { owner: { host: "there", pid: 8 }, silentMs: 1_000 }, false],
    ["its owner is just writing its name", { owner: undefined, silentMs: 1_000 }, false],
    ["it never got a name", { owner: undefined, silentMs: 31_000 }, true],
    ["its owner's number lives on in another process", { owner: { host: "here", pid: 7 }, silentMs: 31_000 }, true],
  ])("when %s", (_, state, stale) => {
    expect(isStale(state, "here", (pid) => pid === 7)).toBe(stale);
  });
});
