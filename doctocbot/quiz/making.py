"""A question made from a closed case, as it would be asked now."""

import re
from dataclasses import replace

from doctocbot.cases import followups, opinions
from doctocbot.cases.model import Case, CaseState, Consensus, opinion_line
from doctocbot.chat.parsing import fold
from doctocbot.chat.replies import Refusal
from doctocbot.chat.wording import wording
from doctocbot.quiz import questions
from doctocbot.quiz.distractors import choice_words, distractors
from doctocbot.quiz.model import Option, Part, Question, QuestionKind
from doctocbot.quiz.vignette import vignette
from doctocbot.rooms import settings
from doctocbot.store import Transaction


def require_certain(case: Case) -> None:
    """Raise a Refusal unless a case is closed with an outcome that is certain enough."""
    number = f"#{case.id}"
    if case.hidden:
        raise Refusal("case.hidden", number=number)
    if case.state is not CaseState.CLOSED or not case.outcome:
        raise Refusal("quiz.not-closed", number=number)
    if case.certainty is None or not case.certainty.can_teach:
        raise Refusal("quiz.not-certain", number=number)


def require_askable(case: Case) -> None:
    """Raise a Refusal unless a question may be made of a case: closed, certain enough, and its author has said yes."""
    require_certain(case)
    if not case.quiz_allowed:
        raise Refusal("quiz.not-allowed", number=f"#{case.id}")


def is_askable(case: Case) -> bool:
    """Whether a question may be made of a case."""
    try:
        require_askable(case)
    except Refusal:
        return False
    return True


def question_of(tx: Transaction, case: Case, now: int) -> Question:
    """The question of a case with what the case says now; the parts that somebody has written themselves stay.

    Raises a Refusal where it may not be asked, or where there is nothing to choose from.
    """
    require_askable(case)
    return draft_of(tx, case, now)


def draft_of(tx: Transaction, case: Case, now: int) -> Question:
    """As `question_of`, for those who look at it beforehand: its author may still have to allow it."""
    require_certain(case)
    before = questions.of_case(tx, case.id)
    made = _made(tx, case)
    if before is not None:
        made = replace(
            made,
            own=before.own,
            stem=before.stem if Part.STEM in before.own else made.stem,
            options=before.options if Part.CHOICES in before.own else made.options,
            explanation=before.explanation if Part.EXPLANATION in before.own else made.explanation,
        )
    if len(made.options) < 2:
        raise Refusal("quiz.too-few-opinions", number=f"#{case.id}")
    return questions.keep(tx, made, now)


def _made(tx: Transaction, case: Case) -> Question:
    language = language_of(tx, case)
    right = right_words(case, language)
    return Question(
        id=0,
        kind=QuestionKind.ONE,
        stem=vignette(case.text, language),
        options=(Option(right, is_right=True), *distractors(tx, case, right, language)),
        explanation=_explanation(tx, case, language),
        case_id=case.id,
        tags=case.tags,
        references=tuple(opinions.references(tx, case.id)),
    )


def right_words(case: Case, language: str) -> str:
    """The outcome as a choice shows it, without what places or names anybody; a Refusal where nothing would be left."""
    words = choice_words(case.outcome or "", language)
    if not any(map(str.isalnum, words)):
        raise Refusal("quiz.too-few-opinions", number=f"#{case.id}")
    return words


def _explanation(tx: Transaction, case: Case, language: str) -> str:
    """How certain the outcome is, whether colleagues agreed on it, and what its author has told since."""
    words = wording(language)
    certainty = words.say(f"case.certainty.{case.certainty}")
    told = [words.say("quiz.because-certain", certainty=certainty)]
    confirmed = opinions.confirmed(tx, case.id)
    if any(each.consensus is Consensus.REACHED for each in opinions.tallies(tx, case, confirmed)):
        told.append(words.say("quiz.because-agreed"))
    news = followups.news_of(tx, case.id)
    since = opinion_line(vignette(news[-1].text, language), _LONGEST_NEWS) if news else ""
    if since:
        told.append(words.say("quiz.because-since", news=since))
    return " ".join(told)


_LONGEST_NEWS = 240
_ENGLISH = frozenset("the and with of is was for year old yo has had what since".split())  # noqa: SIM905


def language_of(tx: Transaction, case: Case) -> str:
    """The language in which a question of a case speaks: its room's own, else that of its words."""
    words = re.findall(r"[a-z]+", fold(case.text))
    english = sum(word in _ENGLISH for word in words)
    return settings.language(tx, case.room_id, "en" if english * 8 > len(words) else "fr")
