-- What is kept of whom, and for how long.

-- Whom a message of the bot's names or quotes: an erasure reaches it wherever it stands.
CREATE TABLE outbox_people (
    user_id TEXT NOT NULL,
    seq INTEGER NOT NULL REFERENCES outbox (seq) ON DELETE CASCADE,
    PRIMARY KEY (user_id, seq)
) WITHOUT ROWID;
CREATE INDEX outbox_people_seq ON outbox_people (seq);

-- Who has been shown what `!forgetme` erases, until they say yes or the time for it is over.
CREATE TABLE forget_request (
    user_id TEXT PRIMARY KEY,
    asked_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Files of `!mydata` on their way: `key` is the outbox's. Bytes and key go when they have arrived.
CREATE TABLE data_file (
    attachment_id INTEGER PRIMARY KEY REFERENCES attachment (id),
    user_id TEXT NOT NULL,
    key TEXT NOT NULL
);

-- Taken back by retention, and when. Such a case is `pulled` as well, so that nothing that spares a pulled case can
-- show one that has expired.
ALTER TABLE medical_case ADD COLUMN expired_at INTEGER;
CREATE INDEX medical_case_kept ON medical_case (room_id, opened_at) WHERE state != 'pulled';

-- Originals that are to be deleted from the homeserver with the operator's admin access, once their event is redacted.
CREATE TABLE original_media (
    address TEXT PRIMARY KEY,
    event_id TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX original_media_next ON original_media (next_at);
