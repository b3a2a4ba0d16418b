-- Drafts in direct chats, which only their authors have seen; the audit; and edits of cards that wait for more.

-- The one person of a direct chat; `was_private` stays when it has stopped being one, so that it never is again.
ALTER TABLE room ADD COLUMN direct_with TEXT;
ALTER TABLE room ADD COLUMN was_private INTEGER NOT NULL DEFAULT 0;

-- `called`: the bot came in to a direct chat only, so it serves nothing else there. `leaving`: it goes when all is said.
ALTER TABLE room ADD COLUMN called INTEGER NOT NULL DEFAULT 0;
ALTER TABLE room ADD COLUMN leaving INTEGER NOT NULL DEFAULT 0;

-- Invitations that called themselves direct; kept until the room has been looked at. `called` as above.
CREATE TABLE direct_invitation (
    room_id TEXT PRIMARY KEY,
    called INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Who shares no room with the bot and had it come all the same, and when they were told so: a keyed hash, never the
-- name.
CREATE TABLE stranger (
    hash TEXT PRIMARY KEY,
    called_at INTEGER NOT NULL,
    told_at INTEGER
) WITHOUT ROWID;

-- One per person. A release covers `shown_version` alone, as `shown_key` showed it and for `shown_rooms`; `preview_key`
-- is the one message that is edited. `settles_at` and `expires_at` are by our own clock, and empty until its next tick
-- after a change. `case_id` is set while its case is on the way to its room.
CREATE TABLE draft (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    author TEXT NOT NULL UNIQUE,
    chat_id TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    shown_version INTEGER NOT NULL DEFAULT 0,
    preview_key TEXT,
    shown_key TEXT,
    shown_rooms TEXT NOT NULL DEFAULT '',
    case_id INTEGER REFERENCES medical_case (id),
    settles_at INTEGER,
    expires_at INTEGER
);
CREATE INDEX draft_chat ON draft (chat_id);

-- Words, or a picture with its caption. `reading` is where words stand in the picture and of what kind, not what
-- they say.
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
CREATE INDEX draft_part_draft ON draft_part (draft_id);

-- Every message of the author's that holds something of a draft, edits included: all go when it ends.
CREATE TABLE draft_event (
    event_id TEXT PRIMARY KEY,
    draft_id INTEGER NOT NULL REFERENCES draft (id) ON DELETE CASCADE
) WITHOUT ROWID;

-- The bytes of a draft's picture stay after its preview is uploaded: they may be masked still.
ALTER TABLE attachment ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;

-- Who did what that somebody may have to answer for. No words of a case.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    room_id TEXT,
    case_id INTEGER
);
CREATE INDEX audit_room ON audit (room_id, at);

-- Changes of a card are bundled: an edit may not be sent before its time.
ALTER TABLE outbox ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_later ON outbox (not_before) WHERE state = 'queued' AND not_before > 0;

-- The direct chat from which a case came: its author is told of answers in private, of each by one notice.
ALTER TABLE medical_case ADD COLUMN chat_id TEXT;
ALTER TABLE medical_case ADD COLUMN notices INTEGER NOT NULL DEFAULT 0;
ALTER TABLE answer ADD COLUMN told_by INTEGER;

-- Advice that a person is given once.
CREATE TABLE advice (
    user_id TEXT NOT NULL,
    about TEXT NOT NULL,
    PRIMARY KEY (user_id, about)
) WITHOUT ROWID;
