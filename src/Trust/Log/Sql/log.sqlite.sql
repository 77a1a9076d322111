CREATE TABLE IF NOT EXISTS leaves (
    idx INTEGER PRIMARY KEY,
    leaf_hash BLOB NOT NULL,
    data BLOB NOT NULL,
    at INTEGER NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    nonce_key TEXT,
    nonce TEXT,
    nonce_until INTEGER,
    salts BLOB
);
CREATE TABLE IF NOT EXISTS metering (
    idx INTEGER PRIMARY KEY,
    agreement TEXT NOT NULL,
    resource TEXT NOT NULL,
    consumer TEXT NOT NULL,
    provider TEXT NOT NULL,
    purpose TEXT NOT NULL,
    units INTEGER NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS nonces (
    keyid TEXT NOT NULL,
    nonce TEXT NOT NULL,
    keep_until INTEGER NOT NULL,
    PRIMARY KEY (keyid, nonce)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nonces_by_end ON nonces (keep_until);
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
CREATE TABLE IF NOT EXISTS subjects (
    subject TEXT NOT NULL,
    idx INTEGER NOT NULL,
    PRIMARY KEY (subject, idx)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (
    first INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    entries BLOB NOT NULL
);
-- Roots over full tiles of 256 leaves: can be made again from the leaves, and spare a start from reading all of them.
CREATE TABLE IF NOT EXISTS tiles (
    n INTEGER PRIMARY KEY,
    root BLOB NOT NULL
);
