/** Everything that the three ports remember, in one file. Instants are milliseconds since 1970. */
export const schema = `
CREATE TABLE IF NOT EXISTS log (
  position  INTEGER PRIMARY KEY AUTOINCREMENT,
  topic     TEXT NOT NULL,
  partition INTEGER NOT NULL,
  key       TEXT NOT NULL,
  bytes     TEXT NOT NULL,
  at        INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS log_by_partition ON log (topic, partition, position);
CREATE INDEX IF NOT EXISTS log_by_key ON log (topic, key, position);

CREATE TABLE IF NOT EXISTS reached (
  consumers TEXT NOT NULL,
  topic     TEXT NOT NULL,
  partition INTEGER NOT NULL,
  position  INTEGER NOT NULL,
  PRIMARY KEY (consumers, topic, partition)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS dead_letters (
  position  INTEGER PRIMARY KEY AUTOINCREMENT,
  topic     TEXT NOT NULL,
  key       TEXT NOT NULL,
  consumers TEXT NOT NULL,
  bytes     TEXT NOT NULL,
  reason    TEXT NOT NULL,
  at        INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS jobs (
  id     TEXT PRIMARY KEY,
  lane   TEXT NOT NULL,
  name   TEXT NOT NULL,
  data   TEXT NOT NULL,
  wanted INTEGER NOT NULL,
  due    INTEGER NOT NULL,
  held   INTEGER NOT NULL,
  claims INTEGER NOT NULL,
  tries  INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_due ON jobs (lane, due);

CREATE TABLE IF NOT EXISTS entries (
  store   TEXT NOT NULL,
  id      TEXT NOT NULL,
  version INTEGER NOT NULL,
  value   TEXT NOT NULL,
  expires INTEGER,
  PRIMARY KEY (store, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires) WHERE expires IS NOT NULL;

CREATE TABLE IF NOT EXISTS entry_index (
  store TEXT NOT NULL,
  name  TEXT NOT NULL,
  text  TEXT NOT NULL,
  id    TEXT NOT NULL,
  PRIMARY KEY (store, name, text, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_index_by_id ON entry_index (store, id);
`;
