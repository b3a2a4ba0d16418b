"""What moderators type about a room: `!mod set NAME VALUE`, and what features add to `!mod`."""

from collections.abc import Mapping

from doctocbot.chat.commands import Command, Runs
from doctocbot.chat.parsing import fold, fold_name
from doctocbot.chat.rendering import Code, Document
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.wording import LANGUAGES, wording
from doctocbot.rooms import direct, options, settings
from doctocbot.rooms.roles import Act, may

_SET = ("set", "regler")
_LANGUAGE = ("language", "langue")


def commands(more: Mapping[str, Runs]) -> tuple[Command, ...]:
    """`!mod`, with what other features add to it by name; each of those looks itself at who may do it."""

    def mod(c: Conversation, words: str) -> None:
        first, _, rest = words.partition(" ")
        if run := more.get(fold_name(first)):
            run(c, rest.strip())
            return
        if direct.partner(c.tx, c.event.room_id) is not None:
            raise Refusal("mod.in-the-room")
        if not may(Act.CHANGE_SETTINGS, c.sender, c.room):
            raise Refusal("role.change-settings")
        if fold_name(first) not in _SET:
            raise Refusal("mod.what", languages=", ".join(LANGUAGES))
        _set(c, rest.strip())

    return (Command(("mod",), mod),)


def _set(c: Conversation, words: str) -> None:
    """Change one setting, or explain them all."""
    name, _, value = words.partition(" ")
    option = options.named(name)
    if fold_name(name) in _LANGUAGE:
        _set_language(c, fold(value))
    elif option is None:
        _explain(c)
    else:
        stored = option.parse(value.strip())
        if stored is None:
            raise Refusal(f"option.{option.name}")
        options.put(c.tx, c.event.room_id, option, stored)
        c.tell("mod.set", name=Code(option.name), value=Code(stored))


def _set_language(c: Conversation, chosen: str) -> None:
    if chosen not in LANGUAGES:
        raise Refusal("mod.what", languages=", ".join(LANGUAGES))
    settings.set_language(c.tx, c.event.room_id, chosen)
    c.reply(Document().line(*wording(chosen).spans("mod.language-set")))


def _explain(c: Conversation) -> None:
    """Every setting with what it does and how it is set now."""
    document = Document().line(*c.wording.spans("mod.settings"))
    document.items(
        (
            *c.wording.spans(f"option.{option.name}"),
            " ",
            *c.wording.spans(
                "mod.now",
                value=Code(options.get(c.tx, c.event.room_id, option) or c.wording.say("mod.as-configured")),
            ),
        )
        for option in options.OPTIONS
    )
    c.reply(document)
