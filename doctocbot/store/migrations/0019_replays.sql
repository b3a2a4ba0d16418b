-- Which encrypted message (Megolm session and index) came as which event, so that none is taken for a new one later.
-- `day` counts days since 1970; `event` is a digest. The messages of a closed session are forgotten: none is taken.
CREATE TABLE heard_session (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    day INTEGER NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX heard_session_silent ON heard_session (day) WHERE NOT closed;

CREATE TABLE heard_message (
    session_id INTEGER NOT NULL REFERENCES heard_session (id),
    position INTEGER NOT NULL,
    event BLOB NOT NULL,
    PRIMARY KEY (session_id, position)
) STRICT, WITHOUT ROWID;
