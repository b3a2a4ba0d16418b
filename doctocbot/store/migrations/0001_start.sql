-- Times are milliseconds since 1970 (UTC), as in Matrix events. Texts and pictures of a case are only ever
-- here, in an encrypted file; the columns that hold words are emptied as soon as they are no longer needed.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE vault (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
);

CREATE TABLE identity (
    user_id TEXT PRIMARY KEY,
    master_key TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    changed_at INTEGER
) WITHOUT ROWID;

CREATE TABLE room (
    room_id TEXT PRIMARY KEY,
    language TEXT,
    served INTEGER NOT NULL DEFAULT 0,
    problems TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE TABLE invitation (
    room_id TEXT PRIMARY KEY,
    inviter TEXT NOT NULL,
    received_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What came in. A row is written together with the sync token, and done together with its effects.
CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    room_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'waiting', 'done', 'failed')),
    session_id TEXT,
    told INTEGER NOT NULL DEFAULT 0,
    verdict TEXT,
    thread_root TEXT,
    replies_to TEXT,
    event TEXT
);
CREATE INDEX inbox_ready ON inbox (room_id, seq) WHERE state = 'ready';
CREATE INDEX inbox_waiting ON inbox (session_id) WHERE state = 'waiting';
CREATE INDEX inbox_sender ON inbox (room_id, sender, sent_at);

-- What goes out. The key names cause and effect, so that one cause never speaks twice.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    transaction_id TEXT NOT NULL UNIQUE,
    room_id TEXT NOT NULL,
    case_id INTEGER,
    renders TEXT,
    quotes INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'dropped')),
    spec TEXT,
    event_id TEXT,
    error TEXT,
    created_at INTEGER NOT NULL,
    sent_at INTEGER
);
CREATE INDEX outbox_open ON outbox (room_id, seq) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_event ON outbox (event_id);
CREATE INDEX outbox_case ON outbox (case_id) WHERE case_id IS NOT NULL;

-- Clean pictures on their way out; the bytes go once they are uploaded, the key to them stays for a later quiz.
CREATE TABLE attachment (
    id INTEGER PRIMARY KEY,
    mimetype TEXT NOT NULL,
    extension TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size INTEGER NOT NULL,
    data BLOB,
    file TEXT,
    thumbnail_width INTEGER,
    thumbnail_height INTEGER,
    thumbnail_size INTEGER,
    thumbnail_data BLOB,
    thumbnail_file TEXT
);

CREATE TABLE medical_case (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id TEXT NOT NULL,
    author TEXT NOT NULL,
    source_event TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'pulled')),
    kind TEXT,
    tags TEXT NOT NULL DEFAULT '',
    text TEXT,
    -- The events that gave it its present words and its outcome: when one is redacted, these go.
    words_event TEXT NOT NULL,
    closing_event TEXT,
    closing_words_event TEXT,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    outcome TEXT,
    certainty TEXT,
    quiz_allowed INTEGER NOT NULL DEFAULT 0,
    card_revision INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX medical_case_room ON medical_case (room_id, state);
CREATE INDEX medical_case_words ON medical_case (words_event);
CREATE INDEX medical_case_closing ON medical_case (closing_event);
CREATE INDEX medical_case_closing_words ON medical_case (closing_words_event);
CREATE INDEX medical_case_author ON medical_case (room_id, author, opened_at);

CREATE TABLE answer (
    event_id TEXT PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES medical_case (id),
    sender TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    words_event TEXT NOT NULL,
    text TEXT
) WITHOUT ROWID;
CREATE INDEX answer_words ON answer (words_event);
CREATE INDEX answer_case ON answer (case_id);

CREATE TABLE opinion (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES medical_case (id),
    number INTEGER NOT NULL,
    sameness TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (case_id, number),
    UNIQUE (case_id, sameness)
);

-- Who stands behind an opinion's words: a !dx, or an answer on which somebody acted.
CREATE TABLE proposal (
    event_id TEXT PRIMARY KEY,
    opinion_id INTEGER NOT NULL REFERENCES opinion (id),
    sender TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    words_event TEXT NOT NULL,
    explicit INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX proposal_opinion ON proposal (opinion_id);
CREATE INDEX proposal_words ON proposal (words_event);

-- Every act counts as long as it is not taken back; a person's latest one on an opinion is their vote.
CREATE TABLE vote (
    event_id TEXT PRIMARY KEY,
    opinion_id INTEGER NOT NULL REFERENCES opinion (id),
    voter TEXT NOT NULL,
    agrees INTEGER NOT NULL,
    reason TEXT,
    sent_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX vote_opinion ON vote (opinion_id);

CREATE TABLE reference (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES medical_case (id),
    opinion_id INTEGER REFERENCES opinion (id),
    event_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    address TEXT NOT NULL,
    UNIQUE (event_id, address)
);
CREATE INDEX reference_case ON reference (case_id);

-- A picture posted in a served room: of a case, or loose (case_id NULL) and joinable until its author says more.
CREATE TABLE picture (
    id INTEGER PRIMARY KEY,
    room_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    source_event TEXT NOT NULL UNIQUE,
    sent_at INTEGER NOT NULL,
    kept_at INTEGER NOT NULL,
    case_id INTEGER REFERENCES medical_case (id),
    number INTEGER,
    caption TEXT,
    attachment_id INTEGER REFERENCES attachment (id),
    posted_key TEXT,
    joinable INTEGER NOT NULL DEFAULT 0,
    settled_by TEXT,
    waiting_bytes INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX picture_case ON picture (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX picture_joinable ON picture (room_id, sender) WHERE joinable = 1;
CREATE INDEX picture_sender ON picture (room_id, sender, sent_at);
CREATE INDEX picture_waiting ON picture (kept_at) WHERE waiting_bytes = 1;

CREATE TABLE quiz (
    id INTEGER PRIMARY KEY,
    room_id TEXT NOT NULL,
    case_id INTEGER NOT NULL REFERENCES medical_case (id),
    asked_by TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    ended_at INTEGER
);
CREATE INDEX quiz_running ON quiz (ends_at) WHERE ended_at IS NULL;

CREATE TABLE quiz_choice (
    quiz_id INTEGER NOT NULL REFERENCES quiz (id),
    letter TEXT NOT NULL,
    text TEXT NOT NULL,
    is_right INTEGER NOT NULL,
    PRIMARY KEY (quiz_id, letter)
) WITHOUT ROWID;

CREATE TABLE quiz_answer (
    quiz_id INTEGER NOT NULL REFERENCES quiz (id),
    voter TEXT NOT NULL,
    letter TEXT NOT NULL,
    event_id TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (quiz_id, voter)
) WITHOUT ROWID;
