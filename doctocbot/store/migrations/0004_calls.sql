-- Who wants to be told of what, and what keeps a case from being left without an answer.

-- A specialty by its canonical name, or a plain tag; an empty room_id stands for all rooms where the person is joined.
CREATE TABLE follow (
    user_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (user_id, room_id, name)
) WITHOUT ROWID;
CREATE INDEX follow_name ON follow (name, room_id);

CREATE TABLE mute (
    user_id TEXT PRIMARY KEY,
    until INTEGER NOT NULL
) WITHOUT ROWID;

-- The specialties that somebody has asked for in a case: each is called once.
CREATE TABLE asked_for (
    case_id INTEGER NOT NULL REFERENCES medical_case (id),
    name TEXT NOT NULL,
    PRIMARY KEY (case_id, name)
) WITHOUT ROWID;

-- `waiting`: since when its author says that only questions came, else 0. `look_at`: when to look whether somebody is
-- to be called, NULL when there is nothing left to do; a new case is looked at by the next tick, those from before not.
ALTER TABLE medical_case ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE medical_case ADD COLUMN nudged_at INTEGER;
ALTER TABLE medical_case ADD COLUMN reminded_at INTEGER;
ALTER TABLE medical_case ADD COLUMN look_at INTEGER DEFAULT 0;
UPDATE medical_case SET look_at = NULL;
CREATE INDEX medical_case_look ON medical_case (look_at) WHERE look_at IS NOT NULL;
