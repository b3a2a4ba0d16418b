"""`!quiz`: what people type about quizzes, a table of subcommands; features of the folder add theirs."""

from collections.abc import Iterable
from dataclasses import dataclass

from doctocbot.chat.commands import Command, Runs
from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Code, Document
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.rooms.concerned import check


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One thing that `!quiz` does: its names, English first, what carries it out in a room and in a direct chat.

    It has a row in the policy under `quiz <first name>`, and is explained under `help.quiz-<first name>.usage` and
    `.text`. Where it is None it is not for that place.
    """

    names: tuple[str, ...]
    in_room: Runs | None
    in_chat: Runs | None

    @property
    def key(self) -> str:
        """Its name in the policy."""
        return f"quiz {self.names[0]}"


def in_rooms(subcommands: Iterable[Subcommand], ask: Runs) -> Command:
    """`!quiz` in a room: a subcommand, or else a question is asked."""
    by_name = _by_name(subcommands)

    def quiz(c: Conversation, words: str) -> None:
        named, rest = _named(by_name, words)
        if named is None:
            ask(c, words)
            return
        if named.in_room is None:
            raise Refusal("draft.only-direct")
        check(c, named.key)
        named.in_room(c, rest)

    return Command(("quiz",), quiz)


def in_chats(subcommands: Iterable[Subcommand]) -> Command:
    """`!quiz` in a direct chat: a subcommand, or else what can be done there."""
    known = tuple(subcommands)
    by_name = _by_name(known)

    def quiz(c: Conversation, words: str) -> None:
        named, rest = _named(by_name, words)
        if named is None:
            _explain(c, known)
            return
        if named.in_chat is None:
            raise Refusal("direct.in-the-room")
        check(c, named.key)
        named.in_chat(c, rest)

    return Command(("quiz",), quiz)


def _by_name(subcommands: Iterable[Subcommand]) -> dict[str, Subcommand]:
    return {fold(name): each for each in subcommands for name in each.names}


def _named(by_name: dict[str, Subcommand], words: str) -> tuple[Subcommand | None, str]:
    first, _, rest = words.partition(" ")
    return by_name.get(fold(first)), rest.strip()


def _explain(c: Conversation, known: Iterable[Subcommand]) -> None:
    """What `!quiz` does in a direct chat, each with how to type it."""
    document = Document().line(*c.wording.spans("quiz.in-private"))
    document.items(
        (
            Code(c.wording.say(f"help.quiz-{each.names[0]}.usage")),
            " — ",
            *c.wording.spans(f"help.quiz-{each.names[0]}.text"),
        )
        for each in known
        if each.in_chat is not None
    )
    c.reply(document)
