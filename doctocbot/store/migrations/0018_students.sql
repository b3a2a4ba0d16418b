-- What students say to open cases in their direct chats: posted in the thread without their name, or kept between us.
-- `posted_event` is the bot's message that stands for it; `compared_with` the closing with which it has been compared.
CREATE TABLE student_opinion (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL REFERENCES medical_case (id),
    user_id TEXT NOT NULL,
    source_event TEXT NOT NULL,
    text TEXT NOT NULL,
    private INTEGER NOT NULL,
    posted_event TEXT,
    compared_with TEXT,
    said_at INTEGER NOT NULL
) STRICT;
CREATE INDEX student_opinion_case ON student_opinion (case_id);
CREATE INDEX student_opinion_user ON student_opinion (user_id);
CREATE INDEX student_opinion_source ON student_opinion (source_event);
CREATE UNIQUE INDEX student_opinion_posted ON student_opinion (posted_event) WHERE posted_event IS NOT NULL;
