"""`!mod`: what moderators type. Features add subcommands to it; who may use which stands in `policy`."""

from collections.abc import Iterable
from dataclasses import dataclass

from doctocbot.chat.commands import Command, Runs
from doctocbot.chat.parsing import fold, fold_name
from doctocbot.chat.rendering import Code, Document
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.wording import LANGUAGES, wording
from doctocbot.rooms import audit, options, settings
from doctocbot.rooms.concerned import check, check_anywhere, room_concerned, rooms_around
from doctocbot.rooms.policy import Act, may_try

_LANGUAGE = ("language", "langue")


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One thing that `!mod` does: its names, English first, and what carries it out, as in `Command`.

    It has a row in the policy under `mod <first name>`, and is explained under `help.mod-<first name>.usage` and
    `.text`.
    """

    names: tuple[str, ...]
    runs: Runs
    anywhere: bool = False
    """Whether it is typed in another room than the one that it is about."""

    @property
    def key(self) -> str:
        """Its name in the policy."""
        return f"mod {self.names[0]}"


def moderators_command(subcommands: Iterable[Subcommand]) -> Command:
    """`!mod` with all that it understands."""
    known = tuple(subcommands)
    by_name = {fold_name(name): each for each in known for name in each.names}

    def mod(c: Conversation, words: str) -> None:
        first, _, rest = words.partition(" ")
        named = by_name.get(fold_name(first))
        if named is None:
            _explain_all(c, known)
            return
        (check_anywhere if named.anywhere else check)(c, named.key)
        named.runs(c, rest.strip())

    return Command(("mod",), mod)


def _explain_all(c: Conversation, known: Iterable[Subcommand]) -> None:
    """What a person may do by `!mod` here, each with what it does."""
    allowed = [each for each in known if may_try(c.tx, each.key, c.sender, rooms_around(c))]
    if not allowed:
        raise Refusal("role.moderate")
    document = Document().line(*c.wording.spans("mod.what"))
    document.items(
        (
            Code(c.wording.say(f"help.mod-{each.names[0]}.usage")),
            " — ",
            *c.wording.spans(f"help.mod-{each.names[0]}.text"),
        )
        for each in allowed
    )
    c.reply(document)


def set_option(c: Conversation, words: str) -> None:
    """`!mod set NAME VALUE`: change one setting of a room; `!mod set` explains them all."""
    there, words = room_concerned(c, words, Act.CHANGE_SETTINGS)
    name, _, value = words.partition(" ")
    option = options.named(name)
    if fold_name(name) in _LANGUAGE:
        _set_language(c, there, fold(value))
    elif option is None:
        _explain(c, there)
    else:
        stored = option.parse(value.strip())
        if stored is None:
            raise Refusal(f"option.{option.name}")
        _note(there, option.name, options.get(c.tx, there.room.room_id, option), stored)
        options.put(c.tx, there.room.room_id, option, stored)
        c.tell("mod.set", name=Code(option.name), value=Code(stored))


def _set_language(c: Conversation, there: Conversation, chosen: str) -> None:
    if chosen not in LANGUAGES:
        raise Refusal("mod.which-language", languages=", ".join(LANGUAGES))
    _note(there, _LANGUAGE[0], there.wording.language, chosen)
    settings.set_language(c.tx, there.room.room_id, chosen)
    c.reply(Document().line(*wording(chosen).spans("mod.language-set")))


def _note(there: Conversation, name: str, before: str, now: str) -> None:
    """Note in the audit what was set, from which value to which."""
    audit.note(there, audit.Deed.SETTING, room=there.room.room_id, reason=f"{name}: {before or '—'} → {now}")


def _explain(c: Conversation, there: Conversation) -> None:
    """Every setting with what it does and how it is set now."""
    document = Document().line(*c.wording.spans("mod.settings"))
    document.items(
        (
            *c.wording.spans(f"option.{option.name}"),
            " ",
            *c.wording.spans("mod.now", value=Code(_value(there, option))),
        )
        for option in options.OPTIONS
    )
    c.reply(document)


def _value(there: Conversation, option: options.Option) -> str:
    """How an option is set, or that it is as the operator has configured it."""
    return options.get(there.tx, there.room.room_id, option) or there.wording.say("mod.as-configured")


SUBCOMMANDS = (Subcommand(("set", "régler"), set_option),)
"""What `!mod` understands about a room."""
