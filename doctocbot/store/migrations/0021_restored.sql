-- What a bot that came back from a backup learns from the timeline: what it has said since the backup was made.

-- 1 on a row that was not written before it was sent, but found as sent.
ALTER TABLE outbox ADD COLUMN adopted INTEGER NOT NULL DEFAULT 0;

-- Events of the bot's own of which nothing but the transaction id can be read: reactions, redactions, what is redacted.
CREATE TABLE echo (
    transaction_id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    redacted INTEGER NOT NULL
) WITHOUT ROWID;

-- The number that a case has had already, by the message that opened it; and its words where that message is gone,
-- until the bot has caught up.
CREATE TABLE foretold (
    source_event TEXT PRIMARY KEY,
    case_id INTEGER NOT NULL,
    memo TEXT
) WITHOUT ROWID;
