-- The audit becomes a chain, moderators may name a room of their own, destructive acts are asked about, cases hidden.

-- What was noted before waits here until the chain's key is at hand: the first tick, or the next deed, takes it in.
ALTER TABLE audit RENAME TO audit_unchained;
DROP INDEX audit_room;

-- One row for each deed, numbered without a gap. `actor` and `about` are pseudonyms, `reason` is a keyed digest of words
-- that stand in `audit_words`; `previous` is the hash of the row before, `hash` the keyed one of all of this row.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    room_id TEXT,
    case_id INTEGER,
    about TEXT,
    reason TEXT,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_room ON audit (room_id, id);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is only added to');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is only added to');
END;
-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER audit_is_only_added_to BEFORE INSERT ON audit
WHEN new.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM audit) BEGIN
    SELECT RAISE(ABORT, 'the audit is only added to');
END;

-- Names (user ids) and reasons, which can be erased: the chain holds without them. `salt` is what keeps the digest of an
-- erased reason from being guessed, by whoever has the key as well.
CREATE TABLE audit_words (
    audit_id INTEGER PRIMARY KEY REFERENCES audit (id),
    actor TEXT,
    about TEXT,
    reason TEXT,
    salt TEXT
);
CREATE INDEX audit_words_actor ON audit_words (actor) WHERE actor IS NOT NULL;
CREATE INDEX audit_words_about ON audit_words (about) WHERE about IS NOT NULL;

-- When the moderators of a room are told the chain's head next; 0 until the clock has looked.
CREATE TABLE audit_head (
    room_id TEXT PRIMARY KEY,
    due_at INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX audit_head_due ON audit_head (due_at);
INSERT INTO audit_head (room_id) SELECT DISTINCT room_id FROM audit_unchained WHERE room_id IS NOT NULL;

-- The room in which the moderators of a room are told things; it is no room for cases itself.
CREATE TABLE moderators_room (
    room_id TEXT PRIMARY KEY,
    home_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX moderators_room_home ON moderators_room (home_id);

-- What somebody was asked to confirm where they typed it: the act and the words after it, for ten minutes.
CREATE TABLE confirmation (
    user_id TEXT NOT NULL,
    place_id TEXT NOT NULL,
    act TEXT NOT NULL,
    words TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, place_id)
) WITHOUT ROWID;
CREATE INDEX confirmation_asked ON confirmation (asked_at);

-- Whether moderators have hidden the words and pictures of a case.
ALTER TABLE medical_case ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER case_hidden AFTER UPDATE OF hidden ON medical_case BEGIN
    DELETE FROM case_search WHERE rowid = new.id;
    INSERT INTO unindexed SELECT new.id WHERE new.id NOT IN (SELECT case_id FROM unindexed);
END;
