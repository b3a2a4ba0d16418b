-- What the bot shows of which case, the settings of rooms, and what is said in private.

-- Every case of which a message shows anything, besides the one that it is about: a pull reaches them all.
CREATE TABLE outbox_shows (
    case_id INTEGER NOT NULL,
    seq INTEGER NOT NULL REFERENCES outbox (seq) ON DELETE CASCADE,
    PRIMARY KEY (case_id, seq)
) WITHOUT ROWID;

CREATE TABLE room_option (
    room_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (room_id, name)
) WITHOUT ROWID;

-- Whether the room does not learn who asks.
ALTER TABLE medical_case ADD COLUMN anonymous INTEGER NOT NULL DEFAULT 0;

-- What is said in private, until it is sent: `chat_id` is empty while it waits for its reader's chat, `meant_for` and
-- `in_room` what the reader has to be where. And the chats that were opened for it.
CREATE TABLE private_word (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL,
    case_id INTEGER,
    meant_for TEXT,
    in_room TEXT,
    chat_id TEXT,
    said_at INTEGER NOT NULL
);
CREATE TABLE opened_chat (
    user_id TEXT PRIMARY KEY,
    room_id TEXT NOT NULL,
    opened_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What a message edits: a pull reaches the edits as well.
ALTER TABLE inbox ADD COLUMN replaces TEXT;

-- Who pulled which case (a name, for a day), so that one member cannot empty a room alone.
CREATE TABLE case_pull (
    case_id INTEGER PRIMARY KEY REFERENCES medical_case (id),
    puller TEXT NOT NULL,
    at INTEGER NOT NULL,
    waits INTEGER NOT NULL
);
CREATE INDEX case_pull_puller ON case_pull (puller, at);

-- What authors have added to their published cases; `key` is the message's in the outbox.
CREATE TABLE addition (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES medical_case (id),
    key TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX addition_case ON addition (case_id);

-- What people have set for themselves.
CREATE TABLE person_option (
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (user_id, name)
) WITHOUT ROWID;

CREATE INDEX medical_case_asker ON medical_case (author) WHERE state = 'open';

-- What may be sent now, what has to go first: what waits for its time is left out until the clock lets it go.
ALTER TABLE outbox ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET urgent = 1 WHERE state IN ('queued', 'sending')
    AND json_extract(spec, '$.type') = 'm.room.redaction' AND json_extract(spec, '$.target') LIKE '$%';
DROP INDEX outbox_open;
CREATE INDEX outbox_open ON outbox (room_id, urgent DESC, seq) WHERE state IN ('queued', 'sending') AND not_before = 0;

-- What people have said of a case without standing in its thread, such as `!close #12 …`: a pull reaches it.
CREATE TABLE case_said (
    event_id TEXT PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES medical_case (id)
) WITHOUT ROWID;
CREATE INDEX case_said_case ON case_said (case_id);
