/** Milliseconds from an event until the work goes on: ours, and the libraries' as they come, at the same event. */
export interface Recovery {
  readonly ours: number;
  readonly floor: number;
}
