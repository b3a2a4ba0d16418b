-- Master keys that changed, and verifications that members start from their client.

-- The key that the server shows now and that nobody has accepted yet (`trust.on_identity_change: hold`); NULL otherwise.
ALTER TABLE identity ADD COLUMN held_key TEXT;
-- When the operator compared emojis with that person; about `master_key` alone.
ALTER TABLE identity ADD COLUMN verified_at INTEGER;
-- 1 until the person's devices have been judged anew.
ALTER TABLE identity ADD COLUMN judge_again INTEGER NOT NULL DEFAULT 0;
CREATE INDEX identity_judge_again ON identity (user_id) WHERE judge_again;

-- Every other master key that was ever shown for somebody: news once.
CREATE TABLE identity_change (
    user_id TEXT NOT NULL,
    master_key TEXT NOT NULL,
    held INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    told_at INTEGER,
    PRIMARY KEY (user_id, master_key)
) WITHOUT ROWID;
CREATE INDEX identity_change_untold ON identity_change (user_id) WHERE told_at IS NULL;

-- What the operator's terminal is shown of a verification, and what it answers. No secret stands here.
CREATE TABLE verification (
    user_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    room_id TEXT,
    state TEXT NOT NULL
        CHECK (state IN ('requested', 'ready', 'started', 'compare', 'confirmed', 'done', 'cancelled')),
    emojis TEXT NOT NULL DEFAULT '',
    decimals TEXT NOT NULL DEFAULT '',
    answer TEXT CHECK (answer IN ('same', 'different')),
    code TEXT,
    requested_at INTEGER NOT NULL,
    to_tell TEXT CHECK (to_tell IN ('asked', 'done', 'timeout', 'failed')),
    PRIMARY KEY (user_id, transaction_id)
) WITHOUT ROWID;
CREATE INDEX verification_to_tell ON verification (user_id) WHERE to_tell IS NOT NULL;
