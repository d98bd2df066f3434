import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../../..");

/** `tsc -b`: the processes of a cluster run what is shipped. Throws when it does not compile. */
export async function build(say: (line: string) => void): Promise<void> {
  say("sallyport: building the services (tsc -b) …");
  const code = await new Promise<number | null>((done, failed) => {
    const compiler = spawn(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b"], {
      cwd: root,
      // What it has to say is progress and errors: nothing of it belongs on our standard output.
      stdio: ["ignore", process.stderr, process.stderr],
    });
    compiler.once("error", failed);
    compiler.once("exit", done);
  });
  if (code !== 0) throw new Error("the services do not compile");
}
