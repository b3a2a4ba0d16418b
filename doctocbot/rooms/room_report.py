"""`!mod room`: a room as the bot sees it, for its moderators: is it served, is it closed, who is in, what is set."""

from collections.abc import Iterator

from doctocbot.chat.parsing import fold_name
from doctocbot.chat.rendering import Document, Span, Strong
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.matrix import RoomState
from doctocbot.rooms import admission, direct, moderators, options, settings
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.concerned import one_of
from doctocbot.rooms.policy import Act, may

_RULES = frozenset({"invite", "knock", "restricted", "knock_restricted", "public"})
_HISTORIES = frozenset({"joined", "invited", "shared", "world_readable"})


def asked_without_room(c: Conversation, words: str) -> bool:
    """`!mod room` in the chat of somebody of whose rooms none is served now; returns whether it was that.

    That is when moderators want to know why.
    """
    name, _, rest = words.partition(" ")
    if fold_name(name) not in map(fold_name, SUBCOMMANDS[0].names) or not _moderated(c):
        return False
    report(c, rest.strip())
    return True


def _moderated(c: Conversation) -> list[RoomState]:
    return [room for room in _rooms(c) if may(c.tx, Act.MODERATE, c.sender, room)]


def report(c: Conversation, words: str) -> None:
    """`!mod room`: tell a moderator how the bot sees the room, also one that it does not serve any more."""
    rooms = _moderated(c)
    if not rooms:
        raise Refusal("role.moderate")
    room, _ = one_of(rooms, words)

    def told(wording: Wording) -> Document:
        document = Document().line(Strong(room.name or room.room_id))
        document.items(_lines(c, room, wording))
        set_here = (f"{option.name} = {_value(c, room, option, wording)}" for option in options.OPTIONS)
        return document.line(*wording.spans("report.settings", settings=", ".join(set_here)))

    moderators.answer(c, room, "room", told)


def _rooms(c: Conversation) -> list[RoomState]:
    """The rooms about which may be asked here: as for any command, and those that are not served besides."""
    home = c.event.room_id
    if moderators.is_home(c.tx, home):
        return [c.world.state(room_id) for room_id in moderators.housed(c.tx, home)]
    if direct.partner(c.tx, home) is None:
        return [c.room]
    rows = c.tx.rows("SELECT room_id FROM room WHERE direct_with IS NULL AND NOT leaving ORDER BY room_id")
    states = [c.world.state(row["room_id"]) for row in rows]
    return [room for room in states if not moderators.is_home(c.tx, room.room_id)]


def _lines(c: Conversation, room: RoomState, wording: Wording) -> Iterator[tuple[Span, ...]]:
    yield from _serving(c, room, wording)
    yield wording.spans("report.encrypted" if room.encrypted else "report.not-encrypted")
    yield wording.spans(f"report.join-{_known(room.join_rule, _RULES)}")
    yield wording.spans(f"report.history-{_known(room.history_visibility, _HISTORIES)}")
    cautions = admission.warnings(room, c.bot)
    yield wording.spans("report.guests" if admission.Caution.GUESTS in cautions else "report.no-guests")
    yield wording.spans("report.redacts" if room.can_redact(c.bot) else "report.cannot-redact")
    yield _people(c, room, wording)
    yield _home(c, room, wording)
    yield wording.spans("report.cases", **_cases(c, room))


def _serving(c: Conversation, room: RoomState, wording: Wording) -> Iterator[tuple[Span, ...]]:
    """Whether it is served, else all that keeps it from being."""
    if settings.is_served(c.tx, room.room_id):
        yield wording.spans("report.served")
        return
    yield wording.spans("report.not-served")
    for problem in (settings.known_problems(c.tx, room.room_id) or "").split():
        yield wording.spans(f"room.problem.{problem}")


def _known(value: str | None, known: frozenset[str]) -> str:
    """A word of the protocol as a sentence is called after it; what nobody knows counts as unreadable."""
    return value.replace("_", "-") if value in known and value is not None else "unknown"


def _people(c: Conversation, room: RoomState, wording: Wording) -> tuple[Span, ...]:
    people = room.members - {c.bot}
    rows = c.tx.rows("SELECT user_id FROM member_label WHERE room_id = :room", room=room.room_id)
    labelled = people & {row["user_id"] for row in rows}
    return wording.spans(
        "report.people",
        n=str(len(people)),
        unlabelled=str(len(people - labelled)),
        moderators=str(len(moderators.moderators(room, c.bot))),
    )


def _home(c: Conversation, room: RoomState, wording: Wording) -> tuple[Span, ...]:
    """Where the moderators are told things."""
    home_id = moderators.home_of(c.tx, room.room_id)
    if home_id is None:
        return wording.spans("report.no-home")
    home = c.world.state(home_id)
    found = wording.spans("report.home", home=Strong(home.name or home_id))
    why = moderators.unfit(c, home, room)
    return found if why is None else (*found, " ", *wording.spans(f"home.unfit.{why}"))


def _cases(c: Conversation, room: RoomState) -> dict[str, Span]:
    row = c.tx.row(
        "SELECT coalesce(sum(state = 'open'), 0) AS open, coalesce(sum(state = 'closed'), 0) AS closed,"
        " coalesce(sum(hidden AND state != 'pulled'), 0) AS hidden FROM medical_case WHERE room_id = :room",
        room=room.room_id,
    )
    return {name: str(row[name] if row else 0) for name in ("open", "closed", "hidden")}


def _value(c: Conversation, room: RoomState, option: options.Option, wording: Wording) -> str:
    return options.get(c.tx, room.room_id, option) or wording.say("mod.as-configured")


SUBCOMMANDS = (Subcommand(("room", "salon"), report, anywhere=True),)
"""What `!mod` understands about how a room stands."""
