"""What an answer says and whether it is right."""

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from doctocbot.cases.sameness import sameness
from doctocbot.quiz.grading import given, is_right, lettered
from doctocbot.quiz.model import LETTERS, Choice, Option, Question, QuestionKind, distribution

DIAGNOSES = (
    "rougeole", "rubéole", "syndrome de Gianotti-Crosti", "hépatite A", "hépatite B", "zona", "x" * 90, "🦠 virus",
)  # fmt: skip
ONE, SEVERAL, FREE = QuestionKind.ONE, QuestionKind.SEVERAL, QuestionKind.FREE


def question(kind: QuestionKind, options: list[tuple[str, bool]]) -> Question:
    """A question with these options."""
    return Question(0, kind, "?", tuple(Option(text, right) for text, right in options))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A question of any kind with one to five choices of which no two mean the same, and at least one is right."""
    kind = draw(st.sampled_from(QuestionKind))
    texts = draw(st.lists(st.sampled_from(DIAGNOSES), min_size=2, max_size=5, unique=True))
    right = draw(st.sets(st.sampled_from(texts), min_size=1, max_size=1 if kind is ONE else None))
    return question(kind, [(text, text in right or kind is FREE) for text in texts])


@over(questions(), st.data())
def test_shuffled_choices_always_grade_the_same(asked: Question, data: st.DataObject) -> None:
    """Whatever their order when asked, naming the same choices by letter or in words is right or wrong alike."""
    shuffled = question(asked.kind, [])
    shuffled = Question(
        0, asked.kind, "?", tuple(data.draw(st.permutations(asked.options))), explanation=shuffled.explanation
    )
    named = data.draw(st.sets(st.sampled_from([option.text for option in asked.options]), min_size=1))
    if asked.kind is not SEVERAL:
        named = {min(named)}
    graded = set()
    for each, seed in ((asked, "one"), (shuffled, "other"), (shuffled, data.draw(st.text(max_size=5)))):
        choices = lettered(each, seed)
        letters = [choice.letter for choice in choices if choice.text in named]
        for words in (", ".join(named), " ".join(letters) if asked.kind is not FREE else min(named)):
            answer = given(asked.kind, choices, words)
            assert answer is not None
            graded.add(is_right(asked.kind, choices, answer))
    right = {option.text for option in asked.options if option.is_right}
    assert graded == {named <= right if asked.kind is FREE else named == right}


@over(questions(), st.text(max_size=5))
def test_the_same_question_is_asked_again_after_a_crash(asked: Question, seed: str) -> None:
    """The order comes from the cause, not from chance; nothing is lost or added in it."""
    choices = lettered(asked, seed)
    assert choices == lettered(asked, seed)
    assert sorted((choice.text, choice.is_right) for choice in choices) == sorted(
        (option.text, option.is_right) for option in asked.options
    )


def test_the_order_tells_nothing() -> None:
    """Over many questions the right answer stands everywhere."""
    asked = question(ONE, [("rougeole", True), *((f"diagnostic {n}", False) for n in range(4))])
    places = {
        next(choice.letter for choice in lettered(asked, f"seed {n}") if choice.is_right) for n in range(200)
    }
    assert places == set(LETTERS)


def test_what_is_accepted_in_free_words_keeps_its_order() -> None:
    """The first is how the answer is told."""
    asked = question(FREE, [("zona", True), ("herpès zoster", True)])
    assert [choice.text for choice in lettered(asked, "any")] == ["zona", "herpès zoster"]


CHOICES = (
    Choice("A", "rubéole", is_right=False),
    Choice("B", "syndrome de Gianotti-Crosti", is_right=True),
    Choice("C", "hépatite A", is_right=False),
    Choice("D", "zona", is_right=True),
)


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        ("B", "B"),
        ("b", "B"),
        (" b) ", "B"),
        ("(b)", "B"),
        ("B.", "B"),
        ("b :", "B"),
        ("réponse B", "B"),
        ("Gianotti-Crosti", "B"),
        ("gianotti crosti", "B"),
        ("Rubeole", "A"),
        ("hépatite A", "C"),
        ("shingles", "D"),
        ("E", None),
        ("AB", None),
        ("A B", None),
        ("", None),
        ("  ", None),
        (".", None),
        ("la B", None),
        ("hépatite", None),
        ("B mais pas sûr", None),
    ],
)
def test_one_answer_is_given_by_its_letter_or_its_words(words: str, letter: str | None) -> None:
    """As people write it; two letters are no answer to a question with one."""
    assert given(ONE, CHOICES, words) == letter


@pytest.mark.parametrize(
    ("words", "letters"),
    [
        ("B D", "BD"),
        ("b,d", "BD"),
        ("BD", "BD"),
        ("db", "BD"),
        ("B et D", "BD"),
        ("b and d", "BD"),
        ("B & D", "BD"),
        ("B+D", "BD"),
        ("B) et D)", "BD"),
        ("les réponses B, D.", "BD"),
        ("D D B D", "BD"),
        ("B", "B"),
        ("A B C D", "ABCD"),
        ("gianotti crosti, zona", "BD"),
        ("Zona ; Gianotti-Crosti", "BD"),
        ("zona", "D"),
        ("B E", None),
        ("B zona", None),
        ("zona, grippe", None),
        ("et", None),
        ("", None),
        ("?", None),
    ],
)
def test_several_answers_are_given_in_any_order_and_spelling(words: str, letters: str | None) -> None:
    """Order and doubles make no difference; what is no choice makes it no answer."""
    assert given(SEVERAL, CHOICES, words) == letters


@pytest.mark.parametrize(("answer", "right"), [("BD", True), ("B", False), ("ABD", False), ("AC", False)])
def test_of_several_right_answers_all_count_and_no_other(answer: str, right: bool) -> None:
    """Half right is not right."""
    assert is_right(SEVERAL, CHOICES, answer) is right


def test_a_letter_is_the_letter_of_a_choice_before_it_is_a_word() -> None:
    """Between hepatitis types, `B` is the choice that is called B."""
    choices = (Choice("A", "B", is_right=True), Choice("B", "A", is_right=False))
    assert given(ONE, choices, "B") == "B"


def test_own_words_stay_as_they_are_typed() -> None:
    """They are graded, not sorted."""
    choices = (Choice("1", "zona", is_right=True), Choice("2", "herpès zoster", is_right=True))
    assert given(FREE, choices, "  un Zona ") == "un Zona"
    assert is_right(FREE, choices, "un Zona")
    assert is_right(FREE, choices, "herpes zoster")
    assert not is_right(FREE, choices, "herpès")


@over(st.sampled_from(QuestionKind), st.text())
def test_no_answer_makes_it_raise(kind: QuestionKind, words: str) -> None:
    """Whatever is typed, it is an answer that can be graded, or none."""
    answer = given(kind, CHOICES, words)
    if answer is not None:
        assert is_right(kind, CHOICES, answer) in (True, False)
    if kind is not FREE:
        assert answer is None or set(answer) <= {choice.letter for choice in CHOICES}


@over(st.sampled_from(DIAGNOSES))
def test_the_words_of_a_choice_name_it(text: str) -> None:
    """Typed as they stand, with other letters or without accents."""
    choices = lettered(question(ONE, [(each, each == text) for each in DIAGNOSES[:4]] + [(text, True)]), "x")
    answer = given(ONE, choices, text.upper())
    assert answer is None or sameness(next(c.text for c in choices if c.letter == answer)) == sameness(text)


def test_every_vote_is_in_the_distribution() -> None:
    """Choices that nobody took are shown with nought; of several letters each counts."""
    votes = {"a": "B", "b": "BD", "c": "A"}
    assert [count for _, count in distribution(CHOICES, votes)] == [1, 2, 0, 1]
