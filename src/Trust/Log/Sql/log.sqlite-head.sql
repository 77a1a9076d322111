CREATE TABLE IF NOT EXISTS journal (
    first INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    entries BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS checkpoints (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL,
    at INTEGER NOT NULL,
    cosigned INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS cosignatures (
    size INTEGER NOT NULL,
    witness TEXT NOT NULL,
    line TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (size, witness)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nonces (
    keyid TEXT NOT NULL,
    nonce TEXT NOT NULL,
    keep_until INTEGER NOT NULL,
    PRIMARY KEY (keyid, nonce)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nonces_by_end ON nonces (keep_until);
-- Roots over full tiles of 256 leaves: can be made again from the leaves, and spare a start from reading all of them.
CREATE TABLE IF NOT EXISTS tiles (
    n INTEGER PRIMARY KEY,
    root BLOB NOT NULL
);
