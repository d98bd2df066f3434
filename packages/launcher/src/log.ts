/** Takes one line for a person to read, without its line end. The caller decides where it goes; by habit that is standard error. */
export type Log = (line: string) => void;
