-- `reopened_at`: when a closed case was opened again, else 0: it is called for as one that was asked then.
-- `waiting_after`: the place in the inbox after which an opinion ends the waiting; two servers' clocks tell no order.
ALTER TABLE medical_case ADD COLUMN reopened_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE medical_case ADD COLUMN waiting_after INTEGER NOT NULL DEFAULT 0;

-- Whether a message shows other cases than the one that it is about.
CREATE INDEX outbox_shows_seq ON outbox_shows (seq);
