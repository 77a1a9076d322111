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
-- What an agreement used between two instants is found without reading the rest, and added up without the rows.
CREATE INDEX IF NOT EXISTS metering_by_agreement ON metering (agreement, at, idx, units);
CREATE TABLE IF NOT EXISTS subjects (
    subject TEXT NOT NULL,
    idx INTEGER NOT NULL,
    PRIMARY KEY (subject, idx)
) WITHOUT ROWID;
-- Whom a leaf is about. Leaves come in order: it grows at its end.
CREATE INDEX IF NOT EXISTS subjects_by_leaf ON subjects (idx);
