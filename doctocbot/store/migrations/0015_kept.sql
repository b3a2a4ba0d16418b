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
CREATE INDEX medical_case_kept ON medical_case (room_id, opened_at) WHERE expired_at IS NULL;

-- Files that are to be deleted from the homeserver, where the operator lets the bot: from `next_at` on, NULL as long as
-- the event that brought them stands. An empty sender is the bot itself.
CREATE TABLE original_media (
    address TEXT PRIMARY KEY,
    event_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER
) WITHOUT ROWID;
CREATE INDEX original_media_event ON original_media (event_id);
CREATE INDEX original_media_next ON original_media (next_at);

-- A clean copy of which the bot erases the key is to be deleted as well, unless another message shows the same file.
CREATE INDEX attachment_address ON attachment (json_extract(file, '$.url')) WHERE file IS NOT NULL;
CREATE TRIGGER attachment_erased AFTER UPDATE OF file ON attachment
WHEN old.file IS NOT NULL AND new.file IS NULL
    AND EXISTS (SELECT 1 FROM meta WHERE key = 'deletes_originals')
    AND NOT EXISTS (
        SELECT 1 FROM attachment
        WHERE file IS NOT NULL AND json_extract(file, '$.url') = json_extract(old.file, '$.url')
    )
BEGIN
    INSERT INTO original_media (address, event_id, sender, seen_at, next_at)
        SELECT json_extract(old.file, '$.url'), '', '', unixepoch() * 1000, unixepoch() * 1000
        WHERE json_extract(old.file, '$.url') NOT IN (SELECT address FROM original_media);
END;
