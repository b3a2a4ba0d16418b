-- Drafts that are given back wait for their author's chat beside the one that they write: the author was unique, which
-- only a new table can undo. Its rows keep their ids, and ids that were given are never given again.

ALTER TABLE draft RENAME TO old_draft;
ALTER TABLE draft_part RENAME TO old_draft_part;
ALTER TABLE draft_event RENAME TO old_draft_event;
DROP INDEX draft_chat;
DROP INDEX draft_part_draft;

-- One per chat and person; `chat_id` is empty while one that is given back waits for its author's chat. `adds_to` is
-- the case to which it is an addition, `undecided` says that its author is being asked. A release covers
-- `shown_version` alone, as `shown_key` showed it and for `shown_rooms`; `preview_key` is the one message that is
-- edited. While it is on the way to its room, `case_id` is the case and `sent_as` the key of the message that brings it.
-- `settles_at` and `expires_at` are by our own clock, and empty until its next tick after a change.
CREATE TABLE draft (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    author TEXT NOT NULL,
    chat_id TEXT NOT NULL,
    adds_to INTEGER REFERENCES medical_case (id),
    undecided INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    shown_version INTEGER NOT NULL DEFAULT 0,
    preview_key TEXT,
    shown_key TEXT,
    shown_rooms TEXT NOT NULL DEFAULT '',
    case_id INTEGER REFERENCES medical_case (id),
    sent_as TEXT,
    settles_at INTEGER,
    expires_at INTEGER
);
CREATE TABLE draft_part (
    id INTEGER PRIMARY KEY,
    draft_id INTEGER NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL UNIQUE,
    words_event TEXT NOT NULL,
    text TEXT NOT NULL,
    number INTEGER,
    attachment_id INTEGER REFERENCES attachment (id),
    removed TEXT NOT NULL DEFAULT '',
    reading TEXT
);
CREATE TABLE draft_event (
    event_id TEXT PRIMARY KEY,
    draft_id INTEGER NOT NULL REFERENCES draft (id) ON DELETE CASCADE
) WITHOUT ROWID;

INSERT INTO draft (
    id, author, chat_id, version, shown_version, preview_key, shown_key, shown_rooms, case_id, sent_as, settles_at,
    expires_at
) SELECT
    id, author, chat_id, version, shown_version, preview_key, shown_key, shown_rooms, case_id,
    'case:' || case_id || ':card', settles_at, expires_at
    FROM old_draft;
INSERT INTO draft_part SELECT * FROM old_draft_part;
INSERT INTO draft_event SELECT * FROM old_draft_event;
DELETE FROM sqlite_sequence WHERE name = 'draft';
UPDATE sqlite_sequence SET name = 'draft' WHERE name = 'old_draft';

DROP TABLE old_draft_event;
DROP TABLE old_draft_part;
DROP TABLE old_draft;

CREATE UNIQUE INDEX draft_author ON draft (author) WHERE chat_id != '';
CREATE INDEX draft_chat ON draft (chat_id);
CREATE INDEX draft_part_draft ON draft_part (draft_id);
