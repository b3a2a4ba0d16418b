-- Opinions keep their numbers for good; who acts on them may also take their stance back or keep an answer; and the
-- news of a case after its closing.

ALTER TABLE medical_case ADD COLUMN last_opinion INTEGER NOT NULL DEFAULT 0;
UPDATE medical_case
    SET last_opinion = (SELECT coalesce(max(number), 0) FROM opinion WHERE case_id = medical_case.id);

-- Every act counts as long as it is not taken back, in the order in which they were done.
CREATE TABLE act_on_opinion (
    seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    opinion_id INTEGER NOT NULL REFERENCES opinion (id),
    voter TEXT NOT NULL,
    says TEXT NOT NULL CHECK (says IN ('agree', 'oppose', 'neutral', 'keep')),
    reason TEXT,
    sent_at INTEGER NOT NULL
);
INSERT INTO act_on_opinion (event_id, opinion_id, voter, says, reason, sent_at)
    SELECT event_id, opinion_id, voter, CASE WHEN agrees THEN 'agree' ELSE 'oppose' END, reason, sent_at
    FROM vote ORDER BY sent_at, event_id;
DROP TABLE vote;
ALTER TABLE act_on_opinion RENAME TO vote;
CREATE INDEX vote_opinion ON vote (opinion_id);
CREATE INDEX reference_opinion ON reference (opinion_id) WHERE opinion_id IS NOT NULL;

-- How it went: what the author is asked for and when. `planned_for` is the closing for which that was settled; a case
-- that is closed anew has other dates, and no question is put twice.
ALTER TABLE medical_case ADD COLUMN followups_for INTEGER;
CREATE INDEX medical_case_unplanned ON medical_case (id) WHERE state = 'closed' AND closed_at IS NOT followups_for;
CREATE TABLE followup_question (
    case_id INTEGER NOT NULL REFERENCES medical_case (id),
    day INTEGER NOT NULL,
    planned_at INTEGER NOT NULL,
    due_at INTEGER,
    key TEXT UNIQUE,
    PRIMARY KEY (case_id, day)
) WITHOUT ROWID;
CREATE INDEX followup_question_due ON followup_question (due_at) WHERE due_at IS NOT NULL;

-- What the author told; `day` is that of the question, and empty for what was told unasked.
CREATE TABLE followup (
    event_id TEXT PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES medical_case (id),
    day INTEGER,
    at INTEGER NOT NULL,
    text TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX followup_case ON followup (case_id);
