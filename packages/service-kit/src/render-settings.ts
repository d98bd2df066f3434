import type { Setting, Settings } from "./read-config.ts";

/** What a setting is when it is not set, as text; a setting without a default has to be set. */
function defaultOf({ schema }: Setting): string {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success) return "*required*";
  return parsed.data === undefined
    ? "–"
    : `\`${typeof parsed.data === "string" ? parsed.data : JSON.stringify(parsed.data)}\``;
}

const row = (setting: Setting): string =>
  `| \`${setting.env}\`${setting.secret === undefined ? "" : " (secret)"} | ${setting.description} | ${defaultOf(setting)} |`;

/** The configuration reference of all services, read off their declarations. */
export function renderSettings(services: Readonly<Record<string, Settings>>): string {
  const sections = Object.entries(services).map(
    ([name, settings]) =>
      `## ${name}\n\n| Variable | Is | Default |\n| --- | --- | --- |\n${Object.values(settings).map(row).join("\n")}\n`,
  );
  return `# Configuration\n\nGenerated from the services' \`config.ts\` by \`npm run reference\`. A secret may come from the file that \`<NAME>_FILE\` names instead. All mistakes are\nreported at once, by name, and the process does not start.\n\n${sections.join("\n")}`;
}
