import type { Log } from "@sallyport/backbone";
import { pino } from "pino";
import { fieldsWithoutSecrets } from "./without-secrets.ts";

export interface LoggerOptions {
  readonly service: string;
  readonly level: "debug" | "info" | "warn" | "error";
  /** Standard error by default: with `--json`, nothing but JSON reaches standard output. */
  readonly write?: (line: string) => void;
}

/** JSON lines with service, time and level. */
export function createLogger({ service, level, write }: LoggerOptions): Log {
  const logger = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: fieldsWithoutSecrets },
    },
    write === undefined ? pino.destination({ fd: 2, sync: true }) : { write },
  );
  const at =
    (method: "debug" | "info" | "warn" | "error"): Log["info"] =>
    (message, fields) =>
      logger[method](fields ?? {}, message);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
