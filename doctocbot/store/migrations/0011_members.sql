-- What somebody is in a room: labels are per room. `grounds` says on whose word: their own, a moderator's, or that of
-- two colleagues.
CREATE TABLE member_label (
    room_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    trade TEXT NOT NULL,
    specialty TEXT NOT NULL DEFAULT '',
    student INTEGER NOT NULL DEFAULT 0,
    grounds TEXT NOT NULL CHECK (grounds IN ('declared', 'confirmed', 'sponsored')),
    at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
