import { cp, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { freePort } from "../free-port.ts";
import { serverProperties } from "./server-properties.ts";

/** A folder that a broker can be started in. */
export interface BrokerFolder {
  readonly port: number;
  readonly propertiesFile: string;
  readonly logFile: string;
}

/** The port that a broker's properties file tells its clients. */
export const portOf = (properties: string): number | undefined => {
  const port = /^listeners=PLAINTEXT:\/\/127\.0\.0\.1:(\d+)/m.exec(properties)?.[1];
  return port === undefined ? undefined : Number(port);
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Makes a folder ready: formatted data, unless it has some, and the properties. The port is the one asked for, that of the last time, or a free one. */
export const furnishBrokerFolder = async (folder: string, template: string, asked?: number): Promise<BrokerFolder> => {
  const propertiesFile = join(folder, "server.properties");
  const data = join(folder, "data");
  if (!(await exists(join(data, "meta.properties")))) await cp(template, data, { recursive: true });
  const port = asked ?? portOf(await readFile(propertiesFile, "utf8").catch(() => "")) ?? (await freePort());
  await writeFile(propertiesFile, serverProperties({ port, controllerPort: await freePort(), logDir: data }));
  return { port, propertiesFile, logFile: join(folder, "kafka.log") };
};
