-- The index over cases: one row for each, of the words as `cases.terms` reads them, and nothing of what is erased.

CREATE VIRTUAL TABLE case_search USING fts5 (words, outcome, tags, opinions, answers, tokenize = 'ascii');

-- What is taken out leaves no trace in the pages of the index.
INSERT INTO case_search (case_search, rank) VALUES ('secure-delete', 1);

-- The author's words and the outcome say best what a case is about, the talk around it least.
INSERT INTO case_search (case_search, rank) VALUES ('rank', 'bm25(4.0, 4.0, 3.0, 2.0, 1.0)');

-- In how many cases a word stands.
CREATE VIRTUAL TABLE case_term USING fts5vocab (case_search, 'row');

-- Cases of which the index does not know all: what is added waits here until somebody searches, or the clock ticks.
-- The triggers below ask first instead of saying OR IGNORE: inside an upsert SQLite overrides that by ABORT.
CREATE TABLE unindexed (
    case_id INTEGER PRIMARY KEY
);
INSERT INTO unindexed SELECT id FROM medical_case WHERE state != 'pulled';

-- Words that are gone are out of the index in the same transaction; what is left of the case comes back soon.
CREATE TRIGGER case_opened AFTER INSERT ON medical_case BEGIN
    INSERT INTO unindexed SELECT new.id WHERE new.id NOT IN (SELECT case_id FROM unindexed);
END;
CREATE TRIGGER case_changed AFTER UPDATE OF state, kind, tags, text, outcome ON medical_case BEGIN
    DELETE FROM case_search WHERE rowid = new.id;
    INSERT INTO unindexed SELECT new.id WHERE new.id NOT IN (SELECT case_id FROM unindexed);
END;

CREATE TRIGGER answer_came AFTER INSERT ON answer BEGIN
    INSERT INTO unindexed SELECT new.case_id WHERE new.case_id NOT IN (SELECT case_id FROM unindexed);
END;
CREATE TRIGGER answer_changed AFTER UPDATE OF text ON answer WHEN old.text IS NOT new.text BEGIN
    DELETE FROM case_search WHERE rowid = new.case_id;
    INSERT INTO unindexed SELECT new.case_id WHERE new.case_id NOT IN (SELECT case_id FROM unindexed);
END;
CREATE TRIGGER answer_went AFTER DELETE ON answer BEGIN
    DELETE FROM case_search WHERE rowid = old.case_id;
    INSERT INTO unindexed SELECT old.case_id WHERE old.case_id NOT IN (SELECT case_id FROM unindexed);
END;

CREATE TRIGGER opinion_came AFTER INSERT ON opinion BEGIN
    INSERT INTO unindexed SELECT new.case_id WHERE new.case_id NOT IN (SELECT case_id FROM unindexed);
END;
CREATE TRIGGER opinion_changed AFTER UPDATE OF text ON opinion WHEN old.text IS NOT new.text BEGIN
    DELETE FROM case_search WHERE rowid = new.case_id;
    INSERT INTO unindexed SELECT new.case_id WHERE new.case_id NOT IN (SELECT case_id FROM unindexed);
END;
CREATE TRIGGER opinion_went AFTER DELETE ON opinion BEGIN
    DELETE FROM case_search WHERE rowid = old.case_id;
    INSERT INTO unindexed SELECT old.case_id WHERE old.case_id NOT IN (SELECT case_id FROM unindexed);
END;

CREATE TRIGGER addition_came AFTER INSERT ON addition BEGIN
    INSERT INTO unindexed SELECT new.case_id WHERE new.case_id NOT IN (SELECT case_id FROM unindexed);
END;
CREATE TRIGGER addition_changed AFTER UPDATE OF text ON addition WHEN old.text IS NOT new.text BEGIN
    DELETE FROM case_search WHERE rowid = new.case_id;
    INSERT INTO unindexed SELECT new.case_id WHERE new.case_id NOT IN (SELECT case_id FROM unindexed);
END;
CREATE TRIGGER addition_went AFTER DELETE ON addition BEGIN
    DELETE FROM case_search WHERE rowid = old.case_id;
    INSERT INTO unindexed SELECT old.case_id WHERE old.case_id NOT IN (SELECT case_id FROM unindexed);
END;

CREATE TRIGGER followup_came AFTER INSERT ON followup BEGIN
    INSERT INTO unindexed SELECT new.case_id WHERE new.case_id NOT IN (SELECT case_id FROM unindexed);
END;
CREATE TRIGGER followup_changed AFTER UPDATE OF text ON followup WHEN old.text IS NOT new.text BEGIN
    DELETE FROM case_search WHERE rowid = new.case_id;
    INSERT INTO unindexed SELECT new.case_id WHERE new.case_id NOT IN (SELECT case_id FROM unindexed);
END;
CREATE TRIGGER followup_went AFTER DELETE ON followup BEGIN
    DELETE FROM case_search WHERE rowid = old.case_id;
    INSERT INTO unindexed SELECT old.case_id WHERE old.case_id NOT IN (SELECT case_id FROM unindexed);
END;

-- How often, by how many and when a case was answered, without a look at the words.
CREATE INDEX answer_progress ON answer (case_id, sent_at, sender);
DROP INDEX answer_case;

-- What was asked in a room in some days, without a look at the rest.
CREATE INDEX medical_case_opened ON medical_case (room_id, opened_at);

-- The weeks that were summed up without being asked: `setting` is the moment of the week that the moderators chose.
CREATE TABLE weekly_summary (
    room_id TEXT PRIMARY KEY,
    setting TEXT NOT NULL,
    day TEXT NOT NULL
) WITHOUT ROWID;
