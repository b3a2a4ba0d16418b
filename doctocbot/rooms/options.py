"""What moderators may set for their room by `!mod set NAME VALUE`, beside its language."""

from collections.abc import Callable
from dataclasses import dataclass

from doctocbot.chat.parsing import fold, fold_name
from doctocbot.chat.times import read_days_option, read_minutes_option, read_quiet_option
from doctocbot.chat.weekdays import read_weekly_option
from doctocbot.store import Transaction

_YES = frozenset(("on", "yes", "oui", "allow", "permis", "true"))
_NO = frozenset(("off", "no", "non", "never", "jamais", "false"))


def on_or_off(words: str) -> str | None:
    """Read a yes or a no."""
    folded = fold(words)
    return "on" if folded in _YES else "off" if folded in _NO else None


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its English name, by which it is kept and explained (`option.<name>`), and the names to type.

    `parse` returns the form in which a value is kept, or None for what is no value. Where the default is the
    operator's, whoever asks gives it.
    """

    name: str
    names: tuple[str, ...]
    parse: Callable[[str], str | None]
    default: str = ""


ANONYMOUS = Option("anonymous", ("anonyme",), on_or_off, "off")
"""Whether cases may be published without their author's name."""

NOTICES = Option("notices", ("avertir",), on_or_off, "on")
"""Whether authors are told of the answers to their cases."""

NUDGE = Option("nudge", ("relance",), read_minutes_option)
"""After how many minutes without an answer those who follow its subject are called to a case; or off."""

REMINDER = Option("reminder", ("rappel",), read_minutes_option)
"""After how many minutes without an answer the room is reminded of a case; or off."""

QUIET = Option("quiet", ("calme", "nuit"), read_quiet_option)
"""The hours in which nobody is called, by the clock of `World.zone`; or off."""

FOLLOWUPS = Option("followups", ("suivi",), on_or_off, "on")
"""Whether authors are asked, some days after the closing, how it went."""

WEEKLY = Option("weekly", ("hebdo", "semaine"), read_weekly_option, "off")
"""When the week before is summed up in the room without being asked; or off."""

WELCOME = Option("welcome", ("accueil",), on_or_off)
"""Whether newcomers are greeted in private, once, with how to ask safely."""

RETENTION = Option("retention", ("conservation",), read_days_option)
"""After how many days without anything new the words and pictures of a case are erased; or off."""

CLINICIANS, EVERYBODY = "clinicians", "everybody"


def _read_voters(words: str) -> str | None:
    """Read who may vote."""
    return {
        "clinicians": CLINICIANS, "clinician": CLINICIANS, "cliniciens": CLINICIANS, "clinicien": CLINICIANS,
        "confirmes": CLINICIANS, "confirmed": CLINICIANS,
        "everybody": EVERYBODY, "everyone": EVERYBODY, "all": EVERYBODY, "tous": EVERYBODY, "tout le monde": EVERYBODY,
    }.get(fold(words))  # fmt: skip


VOTES = Option("votes", ("voix",), _read_voters, EVERYBODY)
"""Who may vote on opinions: everybody, or only those whose trade is confirmed."""

APART, COUNT = "apart", "count"


def _read_counting(words: str) -> str | None:
    """Read whether somebody counts like the others."""
    return {
        "apart": APART, "a part": APART, "separately": APART,
        "count": COUNT, "counted": COUNT, "compter": COUNT, "comptes": COUNT, "like clinicians": COUNT,
    }.get(fold(words))  # fmt: skip


UNLABELLED = Option("unlabelled", ("sansétiquette", "sansmétier"), _read_counting, COUNT)
"""Whether people without a trade count like clinicians for the consensus, or apart."""

SPONSORSHIP = Option("sponsorship", ("parrainage",), on_or_off, "off")
"""Whether two clinicians may vouch for a newcomer who has given an RPPS number."""


def _read_quiz_minutes(words: str) -> str | None:
    """Read for how long a question runs: some minutes, at most a day."""
    read = read_minutes_option(words)
    return read if read is not None and read.isdecimal() and read != "0" else None


QUIZ_MINUTES = Option("quiz-minutes", ("minutesquiz", "duréequiz"), _read_quiz_minutes)
"""For how long a question runs in the room."""

QUESTION = Option("question", ("questionsemaine",), read_weekly_option, "off")
"""When the room is asked a question without anybody's asking, every week; or off."""

OPTIONS: tuple[Option, ...] = (
    ANONYMOUS,
    NOTICES,
    NUDGE,
    REMINDER,
    QUIET,
    FOLLOWUPS,
    WEEKLY,
    WELCOME,
    RETENTION,
    VOTES,
    UNLABELLED,
    SPONSORSHIP,
    QUIZ_MINUTES,
    QUESTION,
)


def named(word: str, options: tuple[Option, ...] = OPTIONS) -> Option | None:
    """The option that a word names."""
    folded = fold_name(word)
    return next(
        (option for option in options if folded in map(fold_name, (option.name, *option.names))), None
    )


def get(tx: Transaction, room_id: str, option: Option, default: str | None = None) -> str:
    """What is set in a room, or the default where nothing is."""
    found: str | None = tx.value(
        "SELECT value FROM room_option WHERE room_id = :room AND name = :name", room=room_id, name=option.name
    )
    if found is not None:
        return found
    return option.default if default is None else default


def is_on(tx: Transaction, room_id: str, option: Option) -> bool:
    """Whether an option that is on or off is on."""
    return get(tx, room_id, option) == "on"


def put(tx: Transaction, room_id: str, option: Option, value: str) -> None:
    """Set an option to a value that its `parse` returned."""
    tx.execute(
        "INSERT INTO room_option (room_id, name, value) VALUES (:room, :name, :value)"
        " ON CONFLICT (room_id, name) DO UPDATE SET value = excluded.value",
        room=room_id,
        name=option.name,
        value=value,
    )
