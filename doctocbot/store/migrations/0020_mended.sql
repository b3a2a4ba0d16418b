-- How often somebody has gone over to this key: each time is news of its own.
ALTER TABLE identity_change ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
-- The rooms whose moderators were told of it, as a JSON list; after a hold, they may trust it.
ALTER TABLE identity_change ADD COLUMN told_in TEXT NOT NULL DEFAULT '[]';
-- Who waits to be trusted is named once more, so that it is known in which rooms.
UPDATE identity_change SET told_at = NULL
WHERE EXISTS (SELECT 1 FROM identity WHERE identity.user_id = identity_change.user_id AND held_key = identity_change.master_key);
