"""What moderators ask about cases: who the author of an anonymous one is."""

from doctocbot.cases import desk
from doctocbot.chat.rendering import Document, Person
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.rooms import audit, private
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.policy import Act
from doctocbot.rooms.roles import Standing


def who(c: Conversation, words: str) -> None:
    """`!mod who #12`: tell a moderator, in private, who asked without their name; the asking is audited."""
    case, _ = desk.named_case(c, words)
    desk.require(c, Act.ASK_WHO, case)
    if not case.anonymous:
        raise Refusal("mod.who-known", number=f"#{case.id}")
    audit.note(c, audit.Deed.ASKED_WHO, room=case.room_id, case=case.id)
    author = Person(c.world.state(case.room_id).display_name(case.author), case.author)
    words_in_private = private.wording_for(c, c.sender)
    document = Document().line(*words_in_private.spans("mod.who", number=f"#{case.id}", author=author))
    meant_for = private.MeantFor(case.room_id, Standing.MODERATOR)
    private.tell(c, c.sender, f"who:{case.id}", document, case_id=case.id, meant_for=meant_for)


SUBCOMMANDS = (Subcommand(("who", "qui"), who),)
"""What `!mod` understands about cases."""
