-- Who is let in, who has come, and where rooms go on.

-- Whom the bot deals with: people and servers that are let in or kept out, in a room, or (empty room_id) everywhere by
-- the operator's configuration.
CREATE TABLE admittance (
    room_id TEXT NOT NULL,
    pattern TEXT NOT NULL,
    admits INTEGER NOT NULL,
    PRIMARY KEY (room_id, pattern)
) WITHOUT ROWID;

-- Who is in a served room, as far as the bot has noted: whoever is missing here is a newcomer. `watched` says that it
-- has looked for the first time, when nobody is.
CREATE TABLE known_member (
    room_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
ALTER TABLE room ADD COLUMN watched INTEGER NOT NULL DEFAULT 0;

-- What the moderators of a room learn once a day: who has come, whose keys have changed, what they are warned of.
CREATE TABLE room_news (
    room_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('arrival', 'keys', 'caution')),
    subject TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (room_id, kind, subject)
) WITHOUT ROWID;
CREATE INDEX room_news_due ON room_news (due_at);

-- Of what the moderators of a room have been warned, as long as it stays so.
ALTER TABLE room ADD COLUMN cautions TEXT NOT NULL DEFAULT '';

-- The rooms that were replaced by others to which the bot has followed with their cases.
CREATE TABLE room_succession (
    old_room TEXT PRIMARY KEY,
    new_room TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX room_succession_new ON room_succession (new_room);

-- Which card of a case is its present one: a room that it moved to has a card of its own.
ALTER TABLE medical_case ADD COLUMN card INTEGER NOT NULL DEFAULT 1;
