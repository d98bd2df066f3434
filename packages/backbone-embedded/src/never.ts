/** The answer to a call whose process is dead: none. Nothing runs its `catch` or `finally`. */
export const never = (): Promise<never> => new Promise(() => {});
