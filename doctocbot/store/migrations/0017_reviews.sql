-- What one person learns in private, and the word that an author gets of what their case has taught.

-- How well somebody remembers a question: the card as fsrs writes it, and the moment when it is due (ms).
CREATE TABLE review_card (
    user_id TEXT NOT NULL,
    question_id INTEGER NOT NULL REFERENCES question (id) ON DELETE CASCADE,
    card TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, question_id)
) WITHOUT ROWID;
CREATE INDEX review_card_due ON review_card (user_id, due_at);
CREATE INDEX review_card_question ON review_card (question_id);

-- Each time that somebody was asked, and how it went; `rating` from 1 (again) to 4 (easy).
CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    question_id INTEGER NOT NULL REFERENCES question (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 4),
    is_right INTEGER NOT NULL,
    was_new INTEGER NOT NULL
);
CREATE INDEX review_user ON review (user_id, at);
CREATE INDEX review_question ON review (question_id);

-- Where somebody stands: the question that awaits its answer or, once `answered_at`, how hard it was. `key` begins the
-- outbox keys of its messages, `seed` orders its choices, `shown` is a digest of them, so that a letter never comes to
-- mean another answer; `done` counts those before it.
CREATE TABLE review_session (
    user_id TEXT PRIMARY KEY,
    chat_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    question_id INTEGER REFERENCES question (id) ON DELETE SET NULL,
    key TEXT NOT NULL,
    seed TEXT NOT NULL,
    shown TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    answered_at INTEGER
) WITHOUT ROWID;
CREATE INDEX review_session_question ON review_session (question_id);

-- How often a question was got right in a room or reviewed in private since its author was last told; nobody's name.
CREATE TABLE taught (
    question_id INTEGER PRIMARY KEY REFERENCES question (id) ON DELETE CASCADE,
    times INTEGER NOT NULL DEFAULT 0,
    words INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER
) WITHOUT ROWID;
CREATE INDEX taught_due ON taught (due_at) WHERE due_at IS NOT NULL;

-- Told at the next full hour at the earliest, so that the moment tells nobody who it was.
CREATE TRIGGER lesson_reviewed AFTER INSERT ON review
WHEN EXISTS (SELECT 1 FROM question JOIN medical_case ON medical_case.id = case_id
    WHERE question.id = new.question_id AND author != new.user_id)
BEGIN
    INSERT INTO taught (question_id, times, due_at) VALUES (new.question_id, 1, (new.at / 3600000 + 1) * 3600000)
    ON CONFLICT (question_id) DO UPDATE SET times = times + 1,
        due_at = coalesce(due_at, max(not_before, excluded.due_at));
END;

CREATE TRIGGER lesson_asked AFTER UPDATE OF ended_at ON quiz
WHEN old.ended_at IS NULL AND new.ended_at IS NOT NULL AND EXISTS (SELECT 1 FROM quiz_answer
    JOIN question ON question.id = new.question_id JOIN medical_case ON medical_case.id = case_id
    WHERE quiz_id = new.id AND is_right AND voter != author)
BEGIN
    INSERT INTO taught (question_id, times, due_at)
    SELECT new.question_id, count(*), (new.ended_at / 3600000 + 1) * 3600000
    FROM quiz_answer JOIN question ON question.id = new.question_id JOIN medical_case ON medical_case.id = case_id
    WHERE quiz_id = new.id AND is_right AND voter != author
    ON CONFLICT (question_id) DO UPDATE SET times = times + excluded.times,
        due_at = coalesce(due_at, max(not_before, excluded.due_at));
END;
