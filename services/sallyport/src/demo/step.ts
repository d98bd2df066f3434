/** One step of the demonstration, and whether what was observed is what should be. */
export interface Step {
  readonly step: string;
  readonly cloud: "azure" | "aws";
  readonly vm: string;
  readonly ok: boolean;
  readonly observed: Readonly<Record<string, unknown>>;
}

/** Says a step: to a person, or as one line of JSON. */
export type Say = (step: Step, story: string) => void;
