"""The command table: one place where a name becomes a function, and from which help is made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from doctocbot.chat.parsing import Called, Unknown, name_table, understand
from doctocbot.chat.rendering import Code, Document, Strong
from doctocbot.chat.replies import Conversation, Refusal

Runs = Callable[[Conversation, str], None]

Check = Callable[[Conversation, str], None]
"""Raises a Refusal unless the person may use the command of this first name where they speak."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its names, English first and then French, and the function that carries it out.

    The function gets the conversation and the words after the name. Usage and explanation stand in the catalogues
    under `help.<first name>.usage` and `help.<first name>.text`; a command that is not `listed` is left out of help.
    """

    names: tuple[str, ...]
    runs: Runs
    listed: bool = True


def elsewhere(commands: Iterable[Command], refusal: str) -> Iterator[Command]:
    """Commands that are understood here, but only to say where they belong; `refusal` is a key of the catalogue."""

    def refuse(conversation: Conversation, words: str) -> None:
        raise Refusal(refusal)

    return (Command(command.names, refuse, listed=False) for command in commands)


class CommandTable:
    """All commands the bot understands; names match as in `chat.parsing`. `check` says who may use which."""

    def __init__(self, commands: Iterable[Command], check: Check) -> None:
        self._check = check
        self._commands = {command.names[0]: command for command in [*commands, self._help_command()]}
        self._names = name_table(command.names for command in self._commands.values())

    @property
    def names(self) -> list[str]:
        """The first name of every command that is understood here."""
        return list(self._commands)

    @property
    def listed(self) -> list[Command]:
        """The commands that are carried out here, in the order in which help lists them."""
        return [command for command in self._commands.values() if command.listed]

    def understand(self, text: str) -> Called | Unknown | None:
        """What a message asks for; None for ordinary words."""
        return understand(text, self._names)

    def run(self, conversation: Conversation, said: Called | Unknown) -> bool:
        """Carry out a command, or say why not; returns whether it was done. A refused one leaves no trace."""
        try:
            with conversation.tx.attempt():
                if isinstance(said, Unknown):
                    raise _unknown(said)
                self._check(conversation, said.name)
                self._commands[said.name].runs(conversation, said.words)
        except Refusal as refusal:
            conversation.refuse(refusal)
            return False
        return True

    def _help_command(self) -> Command:
        return Command(("help", "aide"), self._help)

    def _help(self, conversation: Conversation, words: str) -> None:
        wording = conversation.wording
        if words:
            said = self.understand("!" + words.split()[0].lstrip("!"))
            if not isinstance(said, Called) or not self._commands[said.name].listed:
                raise Refusal("help.unknown")
            shown = [self._commands[said.name]]
        else:
            shown = self.listed
        document = Document().line(*wording.spans("help.title"))
        document.items(
            (Code(wording.say(f"help.{command.names[0]}.usage")), " — ",
             *wording.spans(f"help.{command.names[0]}.text")) for command in shown
        )  # fmt: skip
        if words:
            document.line(
                Strong(wording.say("help.names")), " ", ", ".join(f"!{name}" for name in shown[0].names)
            )
        conversation.reply(document, quiet=False)


def _unknown(said: Unknown) -> Refusal:
    """Say so without repeating what was typed: it could be a name, and the answer outlives its redaction."""
    if said.nearest is None:
        return Refusal("command.unknown")
    return Refusal("command.unknown-near", nearest=Code(f"!{said.nearest}"))
