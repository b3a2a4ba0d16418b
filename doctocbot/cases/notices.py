"""Word of new answers, in the direct chat of a case's author: the first at once, later ones in bursts."""

from collections.abc import Mapping
from typing import Any

from doctocbot.cases import queries
from doctocbot.cases.model import Case, CaseState, is_student_voice, opinion_line
from doctocbot.chat.commands import Command
from doctocbot.chat.rendering import Document, Link, Person, Span
from doctocbot.chat.replies import Conversation, Refusal, World
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Outgoing, RoomState
from doctocbot.rooms import direct, options, private
from doctocbot.rooms.admittance import takes_part
from doctocbot.rooms.roles import Standing
from doctocbot.store import Row, Transaction

NOTICE = "notice"
"""The name under which the outbox has a notice rendered."""

_BURST_MS = 5 * 60_000
_LONGEST = 600
_MOST = 10


def tell_author(c: Conversation, case: Case) -> None:
    """Have the author told of the answers that they have not been told of.

    In their direct chat if the case came from one, else by a mention in its thread. Whoever has left the chat is
    mentioned as well; where nobody is to know who asks, a chat is opened for it. Whoever has left the case's room
    learns nothing more of it.
    """
    if not queries.has_untold_answers(c.tx, case.id) or not _wanted(c, case):
        return
    place = _place(c, case)
    if private.waits(c.tx, _prefix(case.id)) or (place is not None and _waits(c, case, place)):
        return
    key = f"{_prefix(case.id)}{queries.next_notice(c.tx, case.id)}"
    thread = case.card_key if place == case.room_id else None
    notice = Outgoing(key=key, room_id=place or "", renders=NOTICE, thread=thread, case_id=case.id)
    if place is None:
        private.say(c, case.author, notice, private.MeantFor(case.room_id, Standing.MEMBER))
        return
    if place != case.room_id:
        direct.note_private(c.tx, place)
    sent, last = c.outbox.gone_out(c.tx, _prefix(case.id))
    c.outbox.put(c.tx, notice, c.outbox.pause_after(last, _BURST_MS) if sent else 0)


def _place(c: Conversation, case: Case) -> str | None:
    """Where the author is told now: None where a chat has to be opened for it."""
    chat = direct.chat_of(c.tx, case.author, case.chat_id) if case.chat_id is not None else None
    return chat if chat is not None or case.anonymous else case.room_id


def chat_ended(c: Conversation) -> None:
    """Have told elsewhere what a notice was to tell in a chat that is direct no more, after what waited there went."""
    for row in c.tx.rows(_NOT_SENT, room=c.event.room_id, notice=NOTICE):
        case = queries.case_by_id(c.tx, row["case_id"])
        if case is not None:
            tell_author(c, case)


_NOT_SENT = (
    "SELECT DISTINCT case_id FROM outbox WHERE room_id = :room AND renders = :notice AND state = 'dropped'"
    " ORDER BY case_id"
)


def dropped(c: Conversation, outgoing: Outgoing) -> None:
    """Follow that the server refused a notice: what it told is to be told with the next."""
    if outgoing.renders == NOTICE and outgoing.case_id is not None:
        queries.answers_untold(c.tx, outgoing.case_id, _number(outgoing))


def _wanted(c: Conversation, case: Case) -> bool:
    """Whether there is somebody to tell, who wants to be told."""
    present = case.state is not CaseState.PULLED and takes_part(
        c.tx, c.world.state(case.room_id), case.author
    )
    return present and is_told(c.tx, case.author) and options.is_on(c.tx, case.room_id, options.NOTICES)


def is_told(tx: Transaction, user: str) -> bool:
    """Whether somebody wants to be told of the answers to their cases."""
    return tx.value(_NOT_TOLD, user=user) is None


def notify(c: Conversation, words: str) -> None:
    """`!notify off`: be told of no answers any more; `!notify on`: be told again."""
    wish = options.on_or_off(words)
    if wish is None:
        raise Refusal("notify.what")
    c.tx.execute(_WISH, user=c.sender, value=wish)
    c.tell(f"notify.{wish}")


_NOT_TOLD = "SELECT 1 FROM person_option WHERE user_id = :user AND name = 'notify' AND value = 'off'"
_WISH = (
    "INSERT INTO person_option (user_id, name, value) VALUES (:user, 'notify', :value)"
    " ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value"
)

COMMANDS = (Command(("notify", "avertir"), notify),)


def take_back(c: Conversation, event_id: str) -> None:
    """Redact the notice that told of an answer, whose words have to go; the others in it are to be told again."""
    found = queries.told_with(c.tx, event_id)
    if found is None:
        return
    case_id, number = found
    key = f"{_prefix(case_id)}{number}"
    for row in c.outbox.under(c.tx, key):
        if row["key"] == key:
            c.outbox.take_back(c.tx, row)
    queries.answers_untold(c.tx, case_id, number)


def _waits(c: Conversation, case: Case, chat_id: str) -> bool:
    """Whether a notice for this chat waits to be drawn; one for a chat that the author has left is dropped."""
    waiting = [row for row in c.outbox.under(c.tx, _prefix(case.id)) if row["state"] == "queued"]
    for row in waiting:
        if row["room_id"] != chat_id:
            c.outbox.take_back(c.tx, row)
    return any(row["room_id"] == chat_id for row in waiting)


def _prefix(case_id: int) -> str:
    return f"case:{case_id}:notice:"


def _number(notice: Outgoing) -> int:
    """Which of the notices about its case it is."""
    return int(notice.key.rpartition(":")[2])


class NoticeRenderer:
    """Draws a notice at the moment of sending: a burst of answers is told in one."""

    def __init__(self, world: World) -> None:
        self._world = world

    def render(self, tx: Transaction, outgoing: Outgoing) -> Mapping[str, Any] | None:
        """The content of a notice, or None when there is nothing new to tell any more."""
        case = queries.case_by_id(tx, outgoing.case_id or 0)
        if case is None or case.state is CaseState.PULLED:
            return None
        room = self._world.state(case.room_id)
        told = queries.untold_answers(tx, case.id)
        if not told or not takes_part(tx, room, case.author) or not is_told(tx, case.author):
            return None
        queries.answers_told(tx, case.id, _number(outgoing))
        words = self._world.wording(tx, outgoing.room_id)
        if outgoing.room_id == case.room_id:
            return _mention(case, told, room, words)
        return self._news(tx, case, told, room, words)

    def _news(
        self, tx: Transaction, case: Case, told: list[Row], room: RoomState, words: Wording
    ) -> Mapping[str, Any]:
        """What came, with its words, for the author's eyes alone."""
        card = self._world.outbox.address(tx, case.card_key)
        number: Span = Link(f"#{case.id}", card) if card else f"#{case.id}"
        document = Document().line(
            *words.spans("notice.answers", number=number, n=words.count("card.answers", len(told)))
        )
        document.lines(_answer(row, room, words) for row in told[:_MOST])
        if len(told) > _MOST:
            document.line(words.count("notice.more", len(told) - _MOST))
        return document.content()


def _mention(case: Case, told: list[Row], room: RoomState, words: Wording) -> Mapping[str, Any]:
    """A line in the thread that has the author's phone ring; the answers stand right there."""
    author = Person(room.display_name(case.author), case.author)
    who = dict.fromkeys(_name(row["sender"], room, words) for row in told)
    people = ", ".join([*who][:_MOST])
    count = words.count("card.answers", len(told))
    document = Document().line(*words.spans("notice.mention", author=author, n=count, people=people))
    # A notice would not ring (spec, "Predefined Rules": .m.rule.suppress_notices comes before mentions).
    return {**document.content(), "m.mentions": {"user_ids": [case.author]}}


def _answer(row: Row, room: RoomState, words: Wording) -> tuple[Span, ...]:
    """One answer: who, and what they said, shortened."""
    said = opinion_line(row["text"], _LONGEST)
    return _who(row["sender"], room, words), words.say("card.colon"), said


def _who(sender: str, room: RoomState, words: Wording) -> Span:
    name = _name(sender, room, words)
    return name if is_student_voice(sender) else Person(name, sender)


def _name(sender: str, room: RoomState, words: Wording) -> str:
    return words.say("student.a-student") if is_student_voice(sender) else room.display_name(sender)
