"""A closed case and a question about it, for the tests of quizzes."""

from doctocbot.chat.poll import POLL_START
from tests.desk import LEA, MARC, NORA, PAUL, Desk, plain
from tests.fakes.gateway import Sent


async def closed_case(desk: Desk, *, allowed: bool = True, text: str = "Enfant de 3 ans, éruption") -> int:
    """A closed case of Léa's with two opinions and a reference; returns its number."""
    await desk.say(LEA, f"!cas {text}")
    number = int(await desk.value("SELECT max(id) FROM medical_case"))
    root = await desk.card_id(number)
    await desk.say(MARC, "!avis rubéole", thread=root)
    await desk.say(NORA, "!avis rougeole", thread=root)
    await desk.say(NORA, "!ref https://www.has-sante.fr/x", thread=root)
    await desk.say(LEA, "!clore certain Gianotti-Crosti", thread=root)
    if allowed:
        await desk.say(LEA, f"!quiz permettre #{number}")
    return number


async def asked(desk: Desk) -> tuple[Sent, dict[str, str]]:
    """A quiz that is running: its poll, and the letter of each answer by its words."""
    number = await closed_case(desk)
    await desk.say(PAUL, f"!quiz #{number}")
    (poll,) = [event for event in desk.timeline() if event.type == POLL_START]
    texts = [answer["org.matrix.msc1767.text"] for answer in poll.content[POLL_START]["answers"]]
    return poll, {text.split(". ", 1)[1]: text[0] for text in texts}


def result(desk: Desk, poll: Sent) -> str:
    """The result in the poll's thread."""
    (told,) = [event for event in desk.gateway.visible() if event.thread == poll.event_id]
    return plain(told.body)
