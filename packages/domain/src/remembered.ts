/** What is known of `key`, made when it is first asked for. Writing to a weak map costs several times what reading does: once is enough. */
export function remembered<Key extends WeakKey, Value>(known: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}
