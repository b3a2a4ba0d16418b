-- What is posted for a student, and a quiz, bear the name of what asked for them: a row's number is given out again
-- after a backup was restored, and the outbox would take one message for another.
ALTER TABLE student_opinion ADD COLUMN key TEXT NOT NULL DEFAULT '';
UPDATE student_opinion SET key = 'student:' || id;
CREATE INDEX student_opinion_key ON student_opinion (key);
ALTER TABLE quiz ADD COLUMN key TEXT NOT NULL DEFAULT '';
UPDATE quiz SET key = 'quiz:' || id || ':';
CREATE INDEX quiz_key ON quiz (key);

-- Who was forgotten, under pseudonyms, and when; whether the homeserver has been told, and whether a backup that was
-- restored has brought them back.
CREATE TABLE erasure (
    pseudonym TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    told INTEGER NOT NULL,
    again INTEGER NOT NULL
) WITHOUT ROWID;

-- A case that is opened again may come to another end: what somebody has written into its question says the old one.
CREATE TRIGGER question_of_reopened AFTER UPDATE OF state ON medical_case
WHEN old.state = 'closed' AND new.state = 'open'
BEGIN
    DELETE FROM question_choice WHERE question_id IN (SELECT id FROM question WHERE case_id = new.id);
    UPDATE question SET explanation = '',
        own_words = CASE WHEN instr(own_words, 'stem') > 0 THEN 'stem' ELSE '' END WHERE case_id = new.id;
END;
