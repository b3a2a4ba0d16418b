-- On which message an act was done: a proposal that was not made to be one counts only while an act stands on it.
ALTER TABLE vote ADD COLUMN on_event TEXT;
UPDATE vote SET on_event = (
    SELECT event_id FROM proposal WHERE proposal.opinion_id = vote.opinion_id ORDER BY sent_at, event_id LIMIT 1
);

-- The words of each message behind an opinion: when those that are listed go, the opinion is listed by another's.
ALTER TABLE proposal ADD COLUMN text TEXT;
UPDATE proposal SET text = (SELECT text FROM opinion WHERE opinion.id = opinion_id);
