import { defineScript } from "./run-script.ts";

// KEYS[1] is the row; KEYS[2…] the sorted sets of the declared indexes, whose names are the last arguments. Members are text NUL id,
// all with score 0, so they sort by text and then by id. "\n" ends the version and the texts of a stored row.

const READ_ROW = `
local function stored(key)
  local row = redis.call("GET", key)
  if not row then return 0, {} end
  local version, texts = string.match(row, "^(%d+)\\n([^\\n]*)\\n")
  return tonumber(version), cjson.decode(texts)
end
`;

/** ARGV: id, expected version, stored row without version, milliseconds to live or "", names of indexes. Answers 1, or 0 when stale. */
export const putScript = defineScript(`${READ_ROW}
local version, old = stored(KEYS[1])
if version ~= tonumber(ARGV[2]) then return 0 end
local row = (version + 1) .. "\\n" .. ARGV[3]
local new = cjson.decode(string.match(ARGV[3], "^([^\\n]*)\\n"))
for i = 2, #KEYS do
  local name = ARGV[3 + i]
  if old[name] and old[name] ~= new[name] then redis.call("ZREM", KEYS[i], old[name] .. "\\0" .. ARGV[1]) end
  if new[name] then redis.call("ZADD", KEYS[i], 0, new[name] .. "\\0" .. ARGV[1]) end
end
if ARGV[4] == "" then redis.call("SET", KEYS[1], row) else redis.call("SET", KEYS[1], row, "PX", ARGV[4]) end
return 1
`);

/** ARGV: id, expected version, names of indexes. Answers 1, or 0 when stale. */
export const removeScript = defineScript(`${READ_ROW}
local version, old = stored(KEYS[1])
if version ~= tonumber(ARGV[2]) then return 0 end
for i = 2, #KEYS do
  local name = ARGV[1 + i]
  if old[name] then redis.call("ZREM", KEYS[i], old[name] .. "\\0" .. ARGV[1]) end
end
redis.call("DEL", KEYS[1])
return 1
`);

/**
 * Drops an entry that its row no longer stands behind: the row has expired, or is another one by now. Asked again here, because it
 * may have come back since it was found. KEYS: row, index. ARGV: id, text, name of the index.
 */
export const dropEntryScript = defineScript(`${READ_ROW}
local version, texts = stored(KEYS[1])
if texts[ARGV[3]] ~= ARGV[2] then return redis.call("ZREM", KEYS[2], ARGV[2] .. "\\0" .. ARGV[1]) end
return 0
`);
