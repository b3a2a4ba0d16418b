"""What is kept of a person, table by table: the one list that `!mydata` shows and that `!forgetme` erases by.

A holding without `told` is shown as a part of another one; one without `erased` goes with another, or is done by
`privacy.erasing`, which knows what else follows from it. A table that holds nobody stands in `HOLDS_NOBODY` with the
reason. A test reads the schema and fails for a table, or a column that may hold a person, that is in neither.
"""

from collections.abc import Iterator, Mapping

from doctocbot.privacy.holding import Holding, Subject
from doctocbot.store import Row, Transaction

HOLDINGS: tuple[Holding, ...] = (
    Holding(
        "medical_case",
        ("author",),
        "cases",
        "SELECT opened_at AS at, room_id, id AS case_id, state AS what, concat_ws(' — ', text, outcome) AS words"
        " FROM medical_case WHERE author = :user ORDER BY id",
        # Their words are gone by then: they were pulled. What stays is a number, its kind and its counts.
        (
            "UPDATE medical_case SET author = '~' || lower(hex(randomblob(8))), source_event = 'forgotten:' || id,"
            " words_event = 'forgotten:' || id, closing_event = NULL, closing_words_event = NULL, chat_id = NULL"
            " WHERE author = :user",
        ),
    ),
    Holding(
        "addition",
        (),
        "additions",
        "SELECT at, case_id, addition.text AS words FROM addition JOIN medical_case ON medical_case.id = case_id"
        " WHERE author = :user AND addition.text != '' ORDER BY addition.id",
    ),
    Holding(
        "followup",
        (),
        "followups",
        "SELECT at, case_id, followup.text AS words FROM followup JOIN medical_case ON medical_case.id = case_id"
        " WHERE author = :user ORDER BY at",
    ),
    Holding(
        "picture",
        ("sender",),
        "pictures",
        "SELECT sent_at AS at, room_id, case_id, coalesce(caption, '') AS words FROM picture"
        " WHERE sender = :user AND NOT dropped ORDER BY id",
        (
            "UPDATE picture SET sender = '', source_event = 'forgotten:' || id, caption = NULL, joinable = 0,"
            " settled_by = NULL, dropped = 1 WHERE sender = :user",
        ),
    ),
    # The bytes of pictures and of files, found by the rows of those.
    Holding("attachment"),
    Holding(
        "answer",
        ("sender",),
        "answers",
        "SELECT sent_at AS at, room_id, case_id, coalesce(answer.text, '') AS words FROM answer"
        " JOIN medical_case ON medical_case.id = case_id WHERE sender = :user ORDER BY sent_at",
    ),
    Holding(
        "proposal",
        ("sender",),
        "opinions",
        "SELECT sent_at AS at, room_id, case_id, coalesce(proposal.text, '') AS words FROM proposal"
        " JOIN opinion ON opinion.id = opinion_id JOIN medical_case ON medical_case.id = opinion.case_id"
        " WHERE sender = :user ORDER BY sent_at",
    ),
    # Posted or kept between us; `privacy.erasing` takes back what stands in threads.
    Holding(
        "student_opinion",
        ("user_id",),
        "opinions",
        "SELECT said_at AS at, room_id, case_id, 'student-opinion' AS what, student_opinion.text AS words"
        " FROM student_opinion JOIN medical_case ON medical_case.id = case_id WHERE user_id = :user ORDER BY said_at",
        ("DELETE FROM student_opinion WHERE user_id = :user",),
    ),
    # The words of opinions are those of the first message behind each.
    Holding("opinion"),
    Holding(
        "vote",
        ("voter",),
        "votes",
        "SELECT sent_at AS at, room_id, case_id, says AS what,"
        " concat_ws(' — ', 'n° ' || opinion.number, reason) AS words"
        " FROM vote JOIN opinion ON opinion.id = opinion_id JOIN medical_case ON medical_case.id = opinion.case_id"
        " WHERE voter = :user ORDER BY seq",
    ),
    Holding(
        "reference",
        ("sender",),
        "references",
        "SELECT room_id, case_id, address AS words FROM reference JOIN medical_case ON medical_case.id = case_id"
        " WHERE sender = :user ORDER BY reference.id",
    ),
    Holding(
        "draft",
        ("author",),
        "drafts",
        "SELECT text AS words FROM draft JOIN draft_part ON draft_id = draft.id"
        " WHERE author = :user ORDER BY draft_part.id",
    ),
    Holding("draft_part"),
    Holding("draft_event"),
    Holding(
        "follow",
        ("user_id",),
        "follows",
        "SELECT room_id, name AS words FROM follow WHERE user_id = :user ORDER BY name",
        ("DELETE FROM follow WHERE user_id = :user",),
    ),
    Holding(
        "mute",
        ("user_id",),
        "options",
        "SELECT until AS at, 'mute' AS what FROM mute WHERE user_id = :user",
        ("DELETE FROM mute WHERE user_id = :user",),
    ),
    Holding(
        "person_option",
        ("user_id",),
        "options",
        "SELECT name || ' = ' || value AS words FROM person_option WHERE user_id = :user ORDER BY name",
        ("DELETE FROM person_option WHERE user_id = :user",),
    ),
    Holding(
        "advice",
        ("user_id",),
        "advice",
        "SELECT about AS words FROM advice WHERE user_id = :user ORDER BY about",
        ("DELETE FROM advice WHERE user_id = :user",),
    ),
    Holding(
        "quiz_answer",
        ("voter",),
        "quizzes",
        "SELECT answered_at AS at, room_id, case_id, given AS words FROM quiz_answer"
        " JOIN quiz ON quiz.id = quiz_id JOIN question ON question.id = question_id WHERE voter = :user"
        " ORDER BY answered_at",
        ("DELETE FROM quiz_answer WHERE voter = :user",),
    ),
    Holding(
        "quiz",
        ("asked_by",),
        "quizzes",
        "SELECT asked_at AS at, room_id, case_id, 'asked' AS what FROM quiz"
        " JOIN question ON question.id = question_id WHERE asked_by = :user ORDER BY asked_at",
        ("UPDATE quiz SET asked_by = '' WHERE asked_by = :user",),
    ),
    Holding(
        "review_card",
        ("user_id",),
        "reviews",
        "SELECT due_at AS at, case_id, 'review-card' AS what FROM review_card"
        " JOIN question ON question.id = question_id"
        " WHERE user_id = :user ORDER BY due_at",
        ("DELETE FROM review_card WHERE user_id = :user",),
    ),
    Holding(
        "review",
        ("user_id",),
        "reviews",
        "SELECT at, case_id, CASE WHEN is_right THEN 'review-right' ELSE 'review-wrong' END AS what FROM review"
        " JOIN question ON question.id = question_id WHERE user_id = :user ORDER BY at",
        ("DELETE FROM review WHERE user_id = :user",),
    ),
    Holding(
        "review_session",
        ("user_id",),
        "reviews",
        "SELECT case_id, 'review-session' AS what, tag AS words FROM review_session"
        " LEFT JOIN question ON question.id = question_id WHERE user_id = :user",
        ("DELETE FROM review_session WHERE user_id = :user",),
    ),
    Holding(
        "case_pull",
        ("puller",),
        "pulls",
        "SELECT at, case_id FROM case_pull WHERE puller = :user ORDER BY at",
        ("DELETE FROM case_pull WHERE puller = :user",),
    ),
    Holding(
        "private_word",
        ("user_id",),
        "words",
        "SELECT said_at AS at, in_room AS room_id, case_id, coalesce(json_extract(spec, '$.content.body'), '') AS words"
        " FROM private_word WHERE user_id = :user ORDER BY id",
        (
            "DELETE FROM private_word WHERE user_id = :user",
            # What is to be told to others and names them.
            "DELETE FROM private_word WHERE instr(spec, :pill) OR instr(spec, :quoted)",
        ),
    ),
    Holding(
        "opened_chat",
        ("user_id",),
        "chats",
        "SELECT opened_at AS at, 'opened-chat' AS what FROM opened_chat WHERE user_id = :user",
        ("DELETE FROM opened_chat WHERE user_id = :user",),
    ),
    Holding(
        "room",
        ("direct_with",),
        "chats",
        "SELECT room_id, 'direct-chat' AS what FROM room WHERE direct_with = :user ORDER BY room_id",
        stays="The direct chat is theirs as long as they are in it; the row goes when one of the two leaves.",
    ),
    Holding(
        "invitation",
        ("inviter",),
        "chats",
        "SELECT received_at AS at, room_id, 'invitation' AS what FROM invitation WHERE inviter = :user",
        ("DELETE FROM invitation WHERE inviter = :user",),
    ),
    Holding(
        "stranger",
        (),
        "chats",
        "SELECT called_at AS at, 'stranger' AS what FROM stranger WHERE hash = :stranger",
        ("DELETE FROM stranger WHERE hash = :stranger",),
    ),
    Holding(
        "identity",
        ("user_id",),
        "identity",
        "SELECT first_seen_at AS at, concat_ws(' ', master_key, held_key) AS words FROM identity WHERE user_id = :user",
        erased_outside=("DELETE FROM identity WHERE user_id = :user",),
        stays="As long as they are in a served room: a key that is swapped is seen by no other means.",
    ),
    Holding(
        "identity_change",
        ("user_id",),
        "identity",
        "SELECT seen_at AS at, 'changed-key' AS what, master_key AS words FROM identity_change WHERE user_id = :user",
        erased_outside=("DELETE FROM identity_change WHERE user_id = :user",),
        stays="As the key itself; whoever has stolen an account must not be able to erase that it was.",
    ),
    Holding(
        "verification",
        ("user_id",),
        "identity",
        "SELECT requested_at AS at, 'verification' AS what FROM verification WHERE user_id = :user",
        ("DELETE FROM verification WHERE user_id = :user",),
    ),
    Holding(
        "known_member",
        ("user_id",),
        "rooms",
        "SELECT room_id, 'member' AS what FROM known_member WHERE user_id = :user ORDER BY room_id",
        erased_outside=("DELETE FROM known_member WHERE user_id = :user",),
        stays="As long as they are in the room, which everybody there sees: they would be greeted as a newcomer.",
    ),
    Holding(
        "room_news",
        ("subject",),
        "rooms",
        "SELECT due_at AS at, room_id, kind AS what FROM room_news WHERE subject = :user",
        ("DELETE FROM room_news WHERE subject = :user AND kind = 'arrival'",),
        stays="For a day, of a key that has changed: the moderators have to learn it.",
    ),
    Holding(
        "admittance",
        ("pattern",),
        "rooms",
        "SELECT room_id, CASE WHEN admits THEN 'let-in' ELSE 'kept-out' END AS what FROM admittance"
        " WHERE pattern = :user",
        stays="Until the moderators take it back: whoever is kept out must not be able to erase that.",
    ),
    Holding(
        "inbox",
        ("sender",),
        "messages",
        "SELECT max(received_at) AS at, room_id, count(*) AS words FROM inbox WHERE sender = :user GROUP BY room_id",
        (
            "UPDATE inbox SET state = 'done', verdict = 'redacted', event = NULL"
            " WHERE sender = :user AND state IN ('ready', 'waiting')",
            "UPDATE inbox SET sender = '' WHERE sender = :user",
        ),
    ),
    Holding(
        "outbox_people",
        ("user_id",),
        "named",
        "SELECT max(created_at) AS at, room_id, count(*) AS words FROM outbox WHERE seq IN"
        " (SELECT seq FROM outbox_people WHERE user_id = :user) AND state != 'dropped' AND NOT EXISTS"
        " (SELECT 1 FROM outbox AS gone WHERE gone.key = 'redact:' || outbox.key) GROUP BY room_id",
        ("DELETE FROM outbox_people WHERE user_id = :user",),
    ),
    # What is said is there only until it is sent; whom it names stands in outbox_people.
    Holding("outbox"),
    Holding("forget_request", ("user_id",), erased=("DELETE FROM forget_request WHERE user_id = :user",)),
    Holding(
        "original_media",
        ("sender",),
        "originals",
        "SELECT seen_at AS at, address AS words FROM original_media WHERE sender = :user ORDER BY seen_at",
        (
            "DELETE FROM original_media WHERE sender = :user AND next_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE key = 'redact:' || original_media.event_id)",
        ),
        stays="Until the file is deleted from the server, some minutes after its message.",
    ),
    Holding("confirmation", ("user_id",), erased=("DELETE FROM confirmation WHERE user_id = :user",)),
    # Shown and erased by `rooms.audit`: pseudonyms stay in the one, no name in the other.
    Holding("audit", stays="It is only ever added to; its names stand in audit_words."),
    Holding("audit_words", ("actor", "about")),
    Holding("data_file", ("user_id",), erased=("DELETE FROM data_file WHERE user_id = :user",)),
    Holding(
        "member_label",
        ("user_id",),
        "labels",
        "SELECT at, room_id, grounds AS what, concat_ws(' ', trade, nullif(specialty, '')) AS words FROM member_label"
        " WHERE user_id = :user ORDER BY room_id",
        ("DELETE FROM member_label WHERE user_id = :user",),
    ),
    Holding(
        "sponsorship",
        ("user_id",),
        "labels",
        "SELECT at, room_id, 'sponsorship' AS what, rpps AS words FROM sponsorship WHERE user_id = :user ORDER BY at",
        ("DELETE FROM sponsorship WHERE user_id = :user",),
    ),
    Holding(
        "vouch",
        ("user_id", "voucher"),
        "labels",
        "SELECT at, room_id, CASE WHEN user_id = :user THEN 'vouched-for' ELSE 'vouches' END AS what,"
        " CASE WHEN user_id = :user THEN '' ELSE user_id END AS words FROM vouch"
        " WHERE user_id = :user OR voucher = :user ORDER BY at",
        ("DELETE FROM vouch WHERE user_id = :user OR voucher = :user",),
    ),
)
"""What is kept of people, in the order in which it is shown and erased."""

HOLDS_NOBODY: Mapping[str, str] = {
    "meta": "the bot's own place in the sync, and dates of its own",
    "vault": "the bot's own keys",
    "echo": "the bot's own events, by ids",
    "foretold": "numbers of cases, by the event that opened them; words only until a restored bot has caught up",
    "erasure": "pseudonyms of who was forgotten, so that a backup that is restored forgets them again",
    "direct_invitation": "rooms only; by whom stands in `invitation`",
    "quiz_choice": "words of a case, which go with it or with the opinion that they were taken from",
    "question": "words of a case, which go with it, or of a bank",
    "question_choice": "words of a case, which go with it or with the opinion that they were taken from, or of a bank",
    "question_reference": "addresses of publications",
    "question_picture": "pictures of a bank",
    "weekly_question": "settings of rooms",
    "taught": "how often a question has taught somebody, as numbers",
    "outbox_shows": "numbers of cases",
    "asked_for": "specialties that were called for in a case",
    "room_option": "settings of rooms",
    "followup_question": "dates on which the author of a case is asked",
    "case_said": "event ids; they go with the case",
    "case_search": "the index over the words of cases: it follows them by triggers",
    "case_term": "how often words stand in that index",
    "unindexed": "numbers of cases",
    "weekly_summary": "settings of rooms",
    "audit_unchained": "pseudonyms, until the chain takes them in",
    "audit_head": "dates on which moderators are told the head of the audit",
    "moderators_room": "rooms",
    "room_succession": "rooms",
    "heard_session": "names of room keys, which clients make at random",
    "heard_message": "digests of event ids",
}
"""Tables that hold no person, each with what it holds instead."""


def told(tx: Transaction, subject: Subject) -> Iterator[tuple[str, list[Row]]]:
    """What is kept of somebody, by section, in order; sections without a row are left out."""
    sections: dict[str, list[Row]] = {}
    for holding in HOLDINGS:
        if holding.told:
            sections.setdefault(holding.section, []).extend(tx.rows(holding.told, **subject.values))
    return ((section, rows) for section, rows in sections.items() if rows)


def erase(tx: Transaction, subject: Subject, *, in_rooms: bool) -> None:
    """Erase what nothing else follows from; `in_rooms` says whether they are in a served room still."""
    for holding in HOLDINGS:
        for statement in (*holding.erased, *(() if in_rooms else holding.erased_outside)):
            tx.execute(statement, **subject.values)
