CREATE TABLE IF NOT EXISTS leaves (
    idx BIGINT PRIMARY KEY,
    leaf_hash BYTEA NOT NULL,
    data BYTEA NOT NULL,
    at BIGINT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    nonce_key TEXT,
    nonce TEXT,
    nonce_until BIGINT,
    salts BYTEA
);
CREATE TABLE IF NOT EXISTS metering (
    idx BIGINT PRIMARY KEY,
    agreement TEXT NOT NULL,
    resource TEXT NOT NULL,
    consumer TEXT NOT NULL,
    provider TEXT NOT NULL,
    purpose TEXT NOT NULL,
    units BIGINT NOT NULL,
    at BIGINT NOT NULL,
    outcome TEXT NOT NULL
);
-- What an agreement used between two instants is found without reading the rest, and added up without the rows.
CREATE INDEX IF NOT EXISTS metering_by_agreement ON metering (agreement, at, idx, units);
CREATE TABLE IF NOT EXISTS nonces (
    keyid TEXT NOT NULL,
    nonce TEXT NOT NULL,
    keep_until BIGINT NOT NULL,
    PRIMARY KEY (keyid, nonce)
);
CREATE INDEX IF NOT EXISTS nonces_by_end ON nonces (keep_until);
CREATE TABLE IF NOT EXISTS checkpoints (
    size BIGINT PRIMARY KEY,
    note TEXT NOT NULL,
    at BIGINT NOT NULL,
    cosigned BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS cosignatures (
    size BIGINT NOT NULL,
    witness TEXT NOT NULL,
    line TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (size, witness)
);
CREATE TABLE IF NOT EXISTS subjects (
    subject TEXT NOT NULL,
    idx BIGINT NOT NULL,
    PRIMARY KEY (subject, idx)
);
-- Whom a leaf is about. Leaves come in order: it grows at its end.
CREATE INDEX IF NOT EXISTS subjects_by_leaf ON subjects (idx);
-- Roots over full tiles of 256 leaves: can be made again from the leaves, and spare a start from reading all of them.
CREATE TABLE IF NOT EXISTS tiles (
    n BIGINT PRIMARY KEY,
    root BYTEA NOT NULL
);
