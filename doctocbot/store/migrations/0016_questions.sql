-- Questions, and what becomes of them in rooms.

-- Numbers are never used again: what was said under one that is gone has keys that begin with it.
-- A question made from a closed case, or taken from a bank. `own_words` names the parts that somebody has written
-- themselves (stem, choices, explanation): the others follow the case.
CREATE TABLE question (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER UNIQUE REFERENCES medical_case (id),
    bank_key TEXT UNIQUE,
    language TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('one', 'several', 'free')),
    stem TEXT NOT NULL,
    explanation TEXT NOT NULL DEFAULT '',
    own_words TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '',
    made_at INTEGER NOT NULL,
    CHECK ((case_id IS NULL) != (bank_key IS NULL))
);

-- What can be answered, and why it is right or not. Of a question in free words, the right ones are what is accepted.
CREATE TABLE question_choice (
    question_id INTEGER NOT NULL REFERENCES question (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    text TEXT NOT NULL,
    is_right INTEGER NOT NULL,
    why TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (question_id, place)
) WITHOUT ROWID;

CREATE TABLE question_reference (
    question_id INTEGER NOT NULL REFERENCES question (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (question_id, place)
) WITHOUT ROWID;

-- The pictures of a bank's question; those of a case's are the case's.
CREATE TABLE question_picture (
    question_id INTEGER NOT NULL REFERENCES question (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    attachment_id INTEGER NOT NULL REFERENCES attachment (id),
    words TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (question_id, place)
) WITHOUT ROWID;

-- A question as it was asked in a room; its choices in the order in which they were shown.
INSERT INTO question (case_id, kind, stem, made_at)
    SELECT case_id, 'one', '', max(asked_at) FROM quiz GROUP BY case_id;

CREATE TABLE asked_quiz (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id TEXT NOT NULL,
    question_id INTEGER NOT NULL REFERENCES question (id) ON DELETE CASCADE,
    kind TEXT NOT NULL DEFAULT 'one',
    asked_by TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    ended_at INTEGER
);
CREATE TABLE asked_choice (
    quiz_id INTEGER NOT NULL REFERENCES asked_quiz (id) ON DELETE CASCADE,
    letter TEXT NOT NULL,
    text TEXT NOT NULL,
    is_right INTEGER NOT NULL,
    why TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (quiz_id, letter)
) WITHOUT ROWID;
-- `given` is a letter, several in order, or somebody's own words as long as the question runs.
CREATE TABLE given_answer (
    quiz_id INTEGER NOT NULL REFERENCES asked_quiz (id) ON DELETE CASCADE,
    voter TEXT NOT NULL,
    given TEXT NOT NULL,
    is_right INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (quiz_id, voter)
) WITHOUT ROWID;

INSERT INTO asked_quiz SELECT quiz.id, room_id, question.id, 'one', asked_by, asked_at, ends_at, ended_at
    FROM quiz JOIN question USING (case_id);
INSERT INTO asked_choice SELECT quiz_id, letter, text, is_right, '' FROM quiz_choice;
INSERT INTO given_answer SELECT quiz_id, voter, letter,
    coalesce((SELECT is_right FROM quiz_choice WHERE quiz_choice.quiz_id = quiz_answer.quiz_id
        AND quiz_choice.letter = quiz_answer.letter), 0), event_id, answered_at FROM quiz_answer;
DROP TABLE quiz_answer;
DROP TABLE quiz_choice;
DROP TABLE quiz;
ALTER TABLE asked_quiz RENAME TO quiz;
ALTER TABLE asked_choice RENAME TO quiz_choice;
ALTER TABLE given_answer RENAME TO quiz_answer;
CREATE INDEX quiz_running ON quiz (ends_at) WHERE ended_at IS NULL;
CREATE INDEX quiz_room ON quiz (room_id, question_id);
CREATE INDEX quiz_question ON quiz (question_id);
CREATE INDEX quiz_answer_event ON quiz_answer (event_id);
CREATE INDEX quiz_answer_voter ON quiz_answer (voter);

-- The question of the week: the setting that was last looked at in a room, and the day for which it was asked.
CREATE TABLE weekly_question (
    room_id TEXT PRIMARY KEY,
    setting TEXT NOT NULL,
    day TEXT NOT NULL
) WITHOUT ROWID;
