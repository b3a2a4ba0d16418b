"""What moderators do to cases: ask who is behind one, close, pull, hide and show one, take all of a room with them.

What ends in loss is asked about once (`rooms.confirmation`). Names and reasons are said in private, never in the room.
"""

from collections.abc import Mapping

from doctocbot.cases import desk, export, hiding, queries, withdrawal
from doctocbot.cases.model import Case
from doctocbot.chat.commands import Runs
from doctocbot.chat.rendering import Document, Person, Span, Strong
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.rooms import audit, confirmation, direct, moderators, private
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.concerned import room_concerned
from doctocbot.rooms.policy import Act
from doctocbot.rooms.roles import Standing

_LONGEST_REASON = 500


def who(c: Conversation, words: str) -> None:
    """`!mod who #12`: tell a moderator, in private, who asked without their name; the asking is audited."""
    case, _ = desk.named_case(c, words)
    desk.require(c, Act.ASK_WHO, case)
    if not case.anonymous:
        raise Refusal("mod.who-known", number=f"#{case.id}")
    audit.note(c, audit.Deed.ASKED_WHO, room=case.room_id, case=case.id, about=case.author)
    room = c.world.state(case.room_id)
    author = Person(room.display_name(case.author), case.author)

    def told(wording: Wording) -> Document:
        return Document().line(*wording.spans("mod.who", number=f"#{case.id}", author=author))

    moderators.answer(c, room, f"who:{case.id}", told, case_id=case.id)


def _with_reason(c: Conversation, words: str) -> tuple[Case, str]:
    """The case that a moderator names, and the reason that they give for what they do to it."""
    case, reason = desk.named_case(c, words)
    desk.require(c, Act.MODERATE, case)
    if not reason:
        raise Refusal("mod.reason", number=f"#{case.id}")
    return case, " ".join(reason.split())[:_LONGEST_REASON]


def close(c: Conversation, words: str) -> None:
    """`!mod close #12 REASON`: close a case without an outcome; its author learns why in private."""
    case, reason = _with_reason(c, words)
    desk.open_or_refuse(case)
    queries.close_without_outcome(c.tx, case.id, c.now, c.event.event_id)
    audit.note(c, audit.Deed.CLOSED, room=case.room_id, case=case.id, about=case.author, reason=reason)
    desk.refresh_card(c.at(case.room_id), case.id)
    _tell_why(c, case, "closing", reason)


def pull(c: Conversation, words: str) -> None:
    """`!mod pull #12 REASON`: take a case back, once that is confirmed."""
    case, reason = _with_reason(c, words)
    # The reason goes with the case, should it have been typed in the room.
    queries.note_said(c.tx, case.id, c.event.event_id, c.cause)
    question = Document().line(*c.wording.spans("pull.sure", number=f"#{case.id}"))
    confirmation.ask(c, "pull", f"#{case.id} {reason}", question)


def _pull(c: Conversation, words: str) -> None:
    case, reason = _with_reason(c, words)
    withdrawal.pull(c, case, reason)
    if c.event.room_id != case.room_id:
        c.tell("pull.line", number=f"#{case.id}")


def hide(c: Conversation, words: str) -> None:
    """`!mod hide #12 REASON`: hide the words and pictures of a case, once that is confirmed."""
    case, reason = _with_reason(c, words)
    _hidden_or_refuse(case, wanted=False)
    question = Document().line(*c.wording.spans("hide.sure", number=f"#{case.id}"))
    confirmation.ask(c, "hide", f"#{case.id} {reason}", question)


def _hide(c: Conversation, words: str) -> None:
    case, reason = _with_reason(c, words)
    _hidden_or_refuse(case, wanted=False)
    audit.note(c, audit.Deed.HIDDEN, room=case.room_id, case=case.id, about=case.author, reason=reason)
    hiding.hide(c, case)
    _tell_why(c, case, "hiding", reason)


def show(c: Conversation, words: str) -> None:
    """`!mod show #12`: show a hidden case again."""
    case, _ = desk.named_case(c, words)
    desk.require(c, Act.MODERATE, case)
    _hidden_or_refuse(case, wanted=True)
    audit.note(c, audit.Deed.SHOWN, room=case.room_id, case=case.id)
    hiding.show(c, case)
    _tell_moderators(c, case, "showing.done")
    if c.event.room_id != case.room_id:
        c.tell("showing.shown", number=f"#{case.id}")


def _hidden_or_refuse(case: Case, *, wanted: bool) -> None:
    if case.hidden is not wanted:
        raise Refusal("showing.visible" if wanted else "hide.already", number=f"#{case.id}")


def take_out(c: Conversation, words: str) -> None:
    """`!mod export`: have the cases of a room in a file, once that is confirmed."""
    there, _ = room_concerned(c, words, Act.MODERATE)
    _chat_or_refuse(c)
    count = str(len(export.numbers(c.tx, there.room.room_id)))
    name = Strong(there.room.name or there.room.room_id)
    question = Document().line(*c.wording.spans("export.sure", room=name, n=count))
    confirmation.ask(c, "export", f"in {there.room.room_id}", question)


def _take_out(c: Conversation, words: str) -> None:
    there, _ = room_concerned(c, words, Act.MODERATE)
    export.send(c, there, _chat_or_refuse(c))
    audit.note(c, audit.Deed.EXPORTED, room=there.room.room_id)
    if direct.partner(c.tx, c.event.room_id) is None:
        c.tell("export.in-private")


def _chat_or_refuse(c: Conversation) -> str:
    """The moderator's direct chat: the file goes nowhere else."""
    chat = direct.chat_of(c.tx, c.sender, c.event.room_id)
    if chat is None:
        raise Refusal("export.no-chat")
    return chat


def _tell_why(c: Conversation, case: Case, what: str, reason: str) -> None:
    """Tell the author, in private and without a moderator's name, why; and the other moderators."""
    _tell_moderators(c, case, f"{what}.done", reason=reason)
    if case.author != c.sender:
        words = private.wording_for(c, case.author).spans(f"{what}.why", number=f"#{case.id}", reason=reason)
        meant_for = private.MeantFor(case.room_id, Standing.MEMBER)
        document = Document().line(*words)
        private.tell(c, case.author, f"{what}:{case.id}", document, case_id=case.id, meant_for=meant_for)
    if c.event.room_id != case.room_id:
        c.tell(f"{what}.confirmed", number=f"#{case.id}")


def _tell_moderators(c: Conversation, case: Case, key: str, reason: str = "") -> None:
    room = c.world.state(case.room_id)

    def words(wording: Wording) -> Document:
        values: dict[str, Span] = {
            "number": f"#{case.id}",
            "who": Person(room.display_name(c.sender), c.sender),
            "room": Strong(room.name or room.room_id),
            "reason": reason,
        }
        return Document().line(*wording.spans(key, **values))

    moderators.tell(c, room, f"{key}:{case.id}", words, case_id=case.id)


SUBCOMMANDS = (
    Subcommand(("who", "qui"), who),
    Subcommand(("close", "clore"), close),
    Subcommand(("pull", "retirer"), pull),
    Subcommand(("hide", "masquer"), hide),
    Subcommand(("show", "montrer"), show),
    Subcommand(("export", "exporter"), take_out),
)
"""What `!mod` understands about cases."""

CONFIRMED: Mapping[str, Runs] = {"pull": _pull, "hide": _hide, "export": _take_out}
"""What is carried out when somebody has said that it is meant."""
