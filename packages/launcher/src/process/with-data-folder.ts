import type { DataFolder } from "./data-folder.ts";
import type { RunningProcess } from "./start-process.ts";

/** A process and the folder it works in, as one: `stop` releases the folder, and a released scratch folder cannot be started in again. */
export const withDataFolder = <Address extends object>(
  server: RunningProcess,
  folder: DataFolder,
  address: Address,
): RunningProcess & Address => ({
  ...address,
  name: server.name,
  announced: server.announced,
  get pid() {
    return server.pid;
  },
  get exited() {
    return server.exited;
  },
  kill: server.kill,
  pause: server.pause,
  resume: server.resume,
  stop: async () => {
    await server.stop();
    await folder.release();
  },
  restart: async () => {
    if (!folder.exists) throw new Error(`${server.name} was stopped and its scratch data removed; give it a dataDir.`);
    await server.restart();
  },
});
