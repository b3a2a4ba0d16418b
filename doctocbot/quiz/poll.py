"""A quiz as its room sees it: pictures, the question in words, a poll that hides the votes, and at last the result."""

from collections.abc import Iterator

from doctocbot.chat.poll import POLL_END, POLL_START, PollKind, end_content, poll_content
from doctocbot.chat.rendering import Document, Person, Span
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Outgoing
from doctocbot.quiz import showing
from doctocbot.quiz.model import Choice, Question, QuestionKind, Quiz, distribution

_MOST_NAMED = 30


def asked(c: Conversation, quiz: Quiz, question: Question) -> list[Outgoing]:
    """What asks a question in its room, in the order in which it is sent.

    Without the number of its case, by which everybody could look up how it came out; the result tells it.
    """
    left = c.wording.duration(quiz.ends_at - quiz.asked_at)
    title = Document().line(*c.wording.spans("quiz.question", left=left))
    words = showing.in_words(question, quiz.choices, c.wording, title).content()
    messages = [
        *showing.pictures(c, question, quiz.key, quiz.room_id),
        _of(quiz, quiz.stem_key, content=words, quotes=True),
    ]
    if question.kind is QuestionKind.ONE:
        answers = {choice.letter: choice.line for choice in quiz.choices}
        name = c.wording.say("quiz.poll")
        lines = "\n".join([name, *answers.values(), c.wording.say("quiz.how-one")])
        content = poll_content(PollKind.UNDISCLOSED, name, answers, lines)
        messages.append(_of(quiz, quiz.poll_key, type=POLL_START, content=content, quotes=True))
    return messages


def over(c: Conversation, quiz: Quiz) -> list[Outgoing]:
    """What ends the poll for the clients, which show how the votes fell from then on."""
    if quiz.kind is not QuestionKind.ONE:
        return []
    content = end_content(c.wording.say("quiz.ended"))
    return [_of(quiz, f"{quiz.key}end", type=POLL_END, content=content, refers_to=quiz.poll_key)]


def result(
    c: Conversation, quiz: Quiz, question: Question, given: dict[str, str], *, right: int, named: list[str]
) -> Outgoing:
    """Distribution, the right answer, why, and where it comes from; of those who were right the `named` ones."""
    document = Document().line(*c.wording.spans("quiz.result", number=_number(c, quiz)))
    if quiz.kind is QuestionKind.FREE:
        document.line(
            c.wording.count("quiz.score-right", right), " · ", c.wording.count("quiz.voters", len(given))
        )
    else:
        shares = distribution(quiz.choices, given)
        document.items(_share(choice, count, len(given)) for choice, count in shares)
    showing.explained(c, question, quiz.choices, document)
    if named:
        people = [Person(c.room.display_name(each), each) for each in named[:_MOST_NAMED]]
        document.line(*c.wording.spans("quiz.were-right"), *_listed(people))
    # Nobody is to be called by it.
    content = {**document.content(), "m.mentions": {}}
    return _of(quiz, f"{quiz.key}result", content=content, thread=quiz.root_key, quotes=True)


def _listed(people: list[Person]) -> Iterator[Span]:
    for number, person in enumerate(people):
        if number:
            yield ", "
        yield person


def _of(quiz: Quiz, key: str, *, quotes: bool = False, **what: object) -> Outgoing:
    """A message of a quiz; of one made from a case a pull of that case reaches it."""
    of_case = quiz.case_id is not None
    return Outgoing(key=key, room_id=quiz.room_id, case_id=quiz.case_id, quotes=quotes and of_case, **what)  # type: ignore[arg-type]


def _number(c: Conversation, quiz: Quiz) -> str:
    return f"#{quiz.case_id}" if quiz.case_id is not None else c.wording.say("quiz.of-bank")


def _share(choice: Choice, count: int, voters: int) -> tuple[str, ...]:
    bar = "▇" * round(10 * count / voters) if voters else ""
    mark = "✅ " if choice.is_right else ""
    return (f"{mark}{choice.line} — {count} {bar}".rstrip(),)
