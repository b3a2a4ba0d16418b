-- What somebody is in a room: labels are per room. `grounds` says on whose word: their own, a moderator's, or that of
-- two colleagues. `news_at` (ms) is set until the moderators have been told that it was declared.
CREATE TABLE member_label (
    room_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    trade TEXT NOT NULL,
    specialty TEXT NOT NULL DEFAULT '',
    student INTEGER NOT NULL DEFAULT 0,
    grounds TEXT NOT NULL CHECK (grounds IN ('declared', 'confirmed', 'sponsored')),
    at INTEGER NOT NULL,
    news_at INTEGER,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
CREATE INDEX member_label_news ON member_label (news_at) WHERE news_at IS NOT NULL;

-- Who asks to be vouched for, with a keyed hash of their RPPS number and never the number.
CREATE TABLE sponsorship (
    room_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    rpps TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
CREATE INDEX sponsorship_rpps ON sponsorship (rpps);

-- Who has vouched for them so far.
CREATE TABLE vouch (
    room_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    voucher TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id, voucher)
) WITHOUT ROWID;

-- What was asked and vouched for stands for one trade and ends with it, however it ends; and nobody vouches for others
-- any more who is not vouched for themselves.
CREATE TRIGGER member_label_gone AFTER DELETE ON member_label BEGIN
    DELETE FROM sponsorship WHERE room_id = old.room_id AND user_id = old.user_id;
    DELETE FROM vouch WHERE room_id = old.room_id AND (user_id = old.user_id OR voucher = old.user_id);
END;
CREATE TRIGGER member_label_other AFTER UPDATE ON member_label
WHEN (old.trade, old.specialty, old.student) != (new.trade, new.specialty, new.student) BEGIN
    DELETE FROM sponsorship WHERE room_id = old.room_id AND user_id = old.user_id;
    DELETE FROM vouch WHERE room_id = old.room_id AND user_id = old.user_id;
END;
CREATE TRIGGER member_label_unproved AFTER UPDATE ON member_label
WHEN new.grounds = 'declared' OR new.student BEGIN
    DELETE FROM vouch WHERE room_id = old.room_id AND voucher = old.user_id;
END;
