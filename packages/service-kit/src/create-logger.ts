import type { Log } from "@sallyport/backbone";
import { pino } from "pino";

/** Names under which secrets travel; their values are replaced wherever they stand, up to three levels deep. */
const SECRET_NAMES = [
  "authorization",
  "token",
  "access_token",
  "password",
  "secret",
  "clientSecret",
  "secretAccessKey",
  "sessionToken",
  "cookie",
];

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
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[secret]" },
      serializers: { error: pino.stdSerializers.err },
    },
    write === undefined ? pino.destination({ fd: 2, sync: true }) : { write },
  );
  const at =
    (method: "debug" | "info" | "warn" | "error"): Log["info"] =>
    (message, fields) =>
      logger[method](fields ?? {}, message);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
