"""A question looked at and changed before it is asked, by the case's author or a moderator, in their direct chat.

    !quiz show #12                 the question as it would be asked, the right answer marked
    !quiz stem #12 TEXT            another stem; without text the words of the case again
    !quiz choice #12 B TEXT        another choice; `+ TEXT` one more, `- B` one less, nothing the case's again
    !quiz why #12 [B] TEXT         the explanation, or why not B; without text the case's again, or none

Letters are those of the list, the right answer first; asked, the choices stand in another order. What is shown stays in
the direct chat, goes when words of the case go, and tells nobody else anything.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from doctocbot.cases import desk, scope
from doctocbot.cases.model import Case
from doctocbot.cases.screening import identifiers_in, kinds_in_words
from doctocbot.chat.rendering import Code, Document, Span, Strong
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import Outgoing
from doctocbot.quiz import making, questions, showing
from doctocbot.quiz.commands import Subcommand
from doctocbot.quiz.distractors import LONGEST_CHOICE, LONGEST_WHY, choice_words, means_same
from doctocbot.quiz.model import LETTERS, Option, Part, Question
from doctocbot.quiz.vignette import vignette
from doctocbot.rooms import audit
from doctocbot.rooms.policy import Act

_LONGEST_STEM, _LONGEST_EXPLANATION = 1_200, 600
_LETTER = re.compile(
    rf"(?P<letter>[{LETTERS}{LETTERS.lower()}])(?P<mark>[.):]?)(?:\s+(?P<words>.*))?\Z", re.S
)
_SIGN = re.compile(r"(?P<sign>[+\-–−])\s*(?P<words>.*)\Z", re.S)


def show(c: Conversation, words: str) -> None:
    """`!quiz show #12`: the question of a case as it would be asked now."""
    case, question, _ = _named(c, words)
    c.send(showing.pictures(c, question, _shown(c, question), c.event.room_id))
    _reply(c, case, question, "quiz.edit-shown")


def stem(c: Conversation, words: str) -> None:
    """`!quiz stem #12 TEXT`: another stem, or without text the words of the case again."""
    case, question, text = _named(c, words)
    if not text:
        _follow_the_case(c, case, question, Part.STEM)
        return
    told = vignette(_screened(c, case, text, _LONGEST_STEM), making.language_of(c.tx, case))
    if not told:
        raise Refusal("quiz.edit-nothing-left", number=f"#{case.id}")
    _change(c, case, question, replace(question, stem=told), Part.STEM)


def choice(c: Conversation, words: str) -> None:
    """`!quiz choice #12 B TEXT`, `+ TEXT`, `- B`: other choices, or without anything those of the case again."""
    case, question, text = _named(c, words)
    if not text:
        _follow_the_case(c, case, question, Part.CHOICES)
        return
    options, sign, lettered = list(question.options), _SIGN.match(text), _LETTER.match(text)
    if sign and sign["sign"] == "+":
        if len(options) >= len(LETTERS):
            raise Refusal("quiz.edit-full", number=f"#{case.id}", most=str(len(LETTERS)))
        options.append(Option(_new_choice(c, case, options, sign["words"]), is_right=False))
    elif sign:
        place = _place(case, options, sign["words"])
        if options[place].is_right:
            raise Refusal("quiz.edit-right-stays", number=f"#{case.id}", letter=LETTERS[place])
        if len(options) <= 2:
            raise Refusal("quiz.edit-too-few", number=f"#{case.id}")
        del options[place]
    elif lettered:
        place = _place(case, options, lettered["letter"])
        others = [*options[:place], *options[place + 1 :]]
        told = _new_choice(c, case, others, lettered["words"] or "")
        # The reason was one against other words.
        options[place] = Option(told, options[place].is_right)
    else:
        raise Refusal("quiz.edit-choice-how", number=f"#{case.id}")
    _change(c, case, question, replace(question, options=tuple(options)), Part.CHOICES)


def why(c: Conversation, words: str) -> None:
    """`!quiz why #12 TEXT`: another explanation; `!quiz why #12 B TEXT`: why not B."""
    case, question, text = _named(c, words)
    place, said = _about(question.options, text)
    if place is None and not said:
        _follow_the_case(c, case, question, Part.EXPLANATION)
        return
    longest = _LONGEST_EXPLANATION if place is None else LONGEST_WHY
    told = vignette(_screened(c, case, said, longest), making.language_of(c.tx, case)) if said else ""
    if place is None:
        _change(c, case, question, replace(question, explanation=told), Part.EXPLANATION)
        return
    options = list(question.options)
    options[place] = replace(options[place], why=told)
    _change(c, case, question, replace(question, options=tuple(options)), Part.CHOICES)


def _named(c: Conversation, words: str) -> tuple[Case, Question, str]:
    """The case that the words name, its question as it was last shown, and the words that are left.

    Raises a Refusal for whoever is neither its author nor a moderator, and for moderators before the author's yes.
    """
    if not scope.is_private(c):
        raise Refusal("draft.only-direct")
    case, rest = desk.named_case(c, words)
    desk.require(c, Act.EDIT_QUIZ, case)
    if scope.acts_as_author(c, case):
        making.require_certain(case)
    else:
        making.require_askable(case)
    kept = questions.of_case(c.tx, case.id) if rest else None
    if kept is None or len(kept.options) < 2:
        kept = making.draft_of(c.tx, case, c.now)
    return case, kept, rest


def _place(case: Case, options: Sequence[Option], letter: str) -> int:
    """Which choice a letter names."""
    bare = letter.strip(" .):").upper()
    place = LETTERS.index(bare) if bare in tuple(LETTERS) else len(options)
    if place >= len(options):
        raise Refusal(
            "quiz.edit-which-letter", number=f"#{case.id}", letters=", ".join(LETTERS[: len(options)])
        )
    return place


def _about(options: Sequence[Option], text: str) -> tuple[int | None, str]:
    """Which wrong answer a reason is about, and the reason; without one it is the explanation of the question.

    "A" may as well begin a sentence: the right answer has no reason of its own but the explanation.
    """
    found = _LETTER.match(text)
    place = LETTERS.index(found["letter"].upper()) if found else -1
    if found is None or place >= len(options):
        return None, text
    if options[place].is_right:
        return None, (found["words"] or "") if found["mark"] or not found["words"] else text
    return place, found["words"] or ""


def _screened(c: Conversation, case: Case, text: str, longest: int) -> str:
    """The words, if nothing in them names anybody and they are not too long; raises a Refusal with what to do."""
    found = identifiers_in(text)
    if found:
        raise Refusal("quiz.edit-identifiers", number=f"#{case.id}", kinds=kinds_in_words(found, c.wording))
    if len(text) > longest:
        raise Refusal("quiz.edit-too-long", most=str(longest))
    return text


def _new_choice(c: Conversation, case: Case, others: Sequence[Option], text: str) -> str:
    """The words of a choice, if they mean something that none of the others means."""
    told = choice_words(_screened(c, case, text.strip(), LONGEST_CHOICE), making.language_of(c.tx, case))
    if not told:
        raise Refusal("quiz.edit-choice-how", number=f"#{case.id}")
    same = next((other.text for other in others if means_same(told, other.text)), None)
    if same is not None:
        raise Refusal("quiz.edit-same", choice=same)
    return told


def _change(c: Conversation, case: Case, before: Question, question: Question, part: Part) -> None:
    """Keep a part as somebody has written it, and show the whole again."""
    kept = questions.keep(c.tx, replace(question, own=before.own | {part}), c.now)
    _note(c, case)
    _reply(c, case, kept, "quiz.edit-changed")


def _follow_the_case(c: Conversation, case: Case, question: Question, part: Part) -> None:
    """Let a part follow the case again, and show the whole."""
    questions.keep(c.tx, replace(question, own=question.own - {part}), c.now)
    _note(c, case)
    _reply(c, case, making.draft_of(c.tx, case, c.now), "quiz.edit-follows")


def _note(c: Conversation, case: Case) -> None:
    """Have it audited when it was a moderator who changed the question."""
    if not scope.acts_as_author(c, case):
        audit.note(c, audit.Deed.QUIZ_EDITED, room=case.room_id, case=case.id, about=case.author)


def _reply(c: Conversation, case: Case, question: Question, title: str) -> None:
    number = f"#{case.id}"
    document = Document().line(*c.wording.spans(title, number=Strong(number)))
    for paragraph in filter(None, (line.strip() for line in showing.stem(question).splitlines())):
        document.line(paragraph)
    document.items(_option_line(c, place, option) for place, option in enumerate(question.options))
    if question.explanation:
        document.line(*c.wording.spans("quiz.edit-explanation", words=question.explanation))
    if not case.quiz_allowed:
        document.line(*c.wording.spans("quiz.edit-not-allowed-yet", number=number))
    document.line(*c.wording.spans("quiz.edit-how"))
    document.items((Code(c.wording.say(f"quiz.edit-how-{what}", number=number)),) for what in _HOW)
    word = Outgoing(
        key=f"{_shown(c, question)}words",
        room_id=c.event.room_id,
        content=document.content(),
        thread=c.event.thread_root,
        reply_to=c.event.event_id,
        case_id=case.id,
        quotes=True,
    )
    c.send([word])


def _shown(c: Conversation, question: Question) -> str:
    """What the keys of a showing begin with, so that it goes when the author says no."""
    return f"question:{question.id}:shown:{c.cause}:"


_HOW = ("stem", "choice", "more", "less", "why", "why-not")


def _option_line(c: Conversation, place: int, option: Option) -> tuple[Span, ...]:
    line: tuple[Span, ...] = (f"{'✅ ' if option.is_right else ''}{LETTERS[place]}. {option.text}",)
    return (*line, c.wording.say("card.colon"), option.why) if option.why else line


SUBCOMMANDS = (
    Subcommand(("show", "voir"), None, show),
    Subcommand(("stem", "énoncé"), None, stem),
    Subcommand(("choice", "choix"), None, choice),
    Subcommand(("why", "pourquoi"), None, why),
)
