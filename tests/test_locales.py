"""Every sentence is there in both languages, is said by somebody, and has its places filled."""

import ast
import re
import string
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

import doctocbot
from doctocbot.cases.model import CaseState, Certainty, Consensus, Kind
from doctocbot.chat.parsing import Called, fold, fold_name
from doctocbot.chat.rendering import Code
from doctocbot.chat.wording import LANGUAGES, wording
from doctocbot.guard import Kind as GuardKind
from doctocbot.images import RefusalReason, Removed
from doctocbot.images.spots import Place, Sign
from doctocbot.quiz.commands import Subcommand as QuizSubcommand
from doctocbot.quiz.desk import QuizDesk
from doctocbot.rooms.admission import Problem
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.policy import POLICY, Act
from doctocbot.rooms.roles import Role
from doctocbot.tables import MOD_SUBCOMMANDS, command_tables, quiz_subcommands

# What a member may be refused to do, by the policy or by a setting.
REFUSED = [
    Act.PULL,
    Act.VOTE,
    *(act for act, rule in POLICY.items() if Role.MEMBER not in rule.roles and act is not Act.OPERATE),
]
CODE = Path(doctocbot.__file__).parent
SPEAKERS = {"say", "spans", "count", "tell", "Refusal"}
TABLE, CHAT_TABLE = command_tables(QuizDesk(15, "seed"))
QUIZ_SUBCOMMANDS = quiz_subcommands(QuizDesk(15, "seed"))
COMMANDS = [*TABLE.listed, *CHAT_TABLE.listed]


def catalogue(language: str) -> Catalog:
    """One language."""
    with (CODE / "locales" / language / "LC_MESSAGES" / "doctocbot.po").open("rb") as source:
        return read_po(source, locale=language)


def first_id(message: Message) -> str:
    """The key of a sentence, or of one and many."""
    return str(message.id if isinstance(message.id, str) else message.id[0])


SENTENCES = {
    language: {first_id(message): message for message in catalogue(language) if message.id}
    for language in LANGUAGES
}
KEYS = sorted(SENTENCES["fr"])
PLURAL_KEYS = [key for key in KEYS if isinstance(SENTENCES["fr"][key].id, tuple)]


def forms(language: str, key: str) -> list[str]:
    """The sentence, or the sentences for one and for many."""
    text = SENTENCES[language][key].string
    return [text] if isinstance(text, str) else list(text or ())


def places(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Our own code; the demo's play is French by nature and speaks for nobody."""
    for path in sorted(CODE.rglob("*.py")):
        if "demo" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def said_keys(argument: ast.expr) -> Iterable[str]:
    """The keys that an argument may be, as regular expressions."""
    match argument:
        case ast.Constant(value=str(key)):
            return [re.escape(key)]
        case ast.IfExp(body=body, orelse=other):
            return [*said_keys(body), *said_keys(other)]
        case ast.JoinedStr(values=parts):
            return ["".join(re.escape(part.value) if isinstance(part, ast.Constant) and isinstance(part.value, str)
                            else "[a-z-]+" for part in parts)]  # fmt: skip
    return []


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Each call that says something: where it stands, the call, and a pattern of the key."""
    for path, module in modules():
        for node in ast.walk(module):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if name in SPEAKERS:
                for pattern in said_keys(node.args[0]):
                    if re.fullmatch(r"[a-z\\.\-+\[\]]+", pattern) and "." in pattern:
                        yield f"{path.name}:{node.lineno}", node, pattern


CALLS = list(calls())


def test_the_languages_have_the_same_sentences() -> None:
    """None is missing in one of them, none empty."""
    assert set(SENTENCES["fr"]) == set(SENTENCES["en"])
    for language in LANGUAGES:
        assert [key for key in KEYS if not all(forms(language, key))] == []


def test_a_sentence_has_the_same_places_in_both_languages() -> None:
    """Each, in all its forms."""
    places_of = {
        key: {frozenset(places(form)) for language in LANGUAGES for form in forms(language, key)}
        for key in KEYS
    }
    assert [key for key, found in places_of.items() if len(found) != 1] == []


def test_everything_that_is_said_stands_in_the_catalogue() -> None:
    """Also what is put together from a beginning and a word."""
    assert len(CALLS) > 80
    assert [
        (where, pattern) for where, _, pattern in CALLS if not any(re.fullmatch(pattern, key) for key in KEYS)
    ] == []


@pytest.mark.slow
def test_no_sentence_is_never_said() -> None:
    """Each stands in the code whole, or is one of those put together; families for the operator word by word."""
    nodes = [node for _, module in modules() for node in ast.walk(module)]
    written = {pattern for node in nodes if isinstance(node, ast.expr) for pattern in said_keys(node)}
    written = {
        pattern for pattern in written if re.fullmatch(r"[a-z\\.\-+\[\]]*[a-z]{2}[a-z\\.\-+\[\]]*", pattern)
    }
    families = {f"{family}\\.[a-z-]+" for family in ("cli", "doctor", "config")}
    written |= {family.replace("[a-z-]+", pattern) for family in families for pattern in written}
    whole = {pattern.replace("\\", "") for pattern in written if "[" not in pattern}
    made = [re.compile(pattern) for pattern in written - families if "[" in pattern]
    unsaid = [key for key in KEYS if key not in whole and not any(pattern.fullmatch(key) for pattern in made)]
    assert unsaid == []


def test_whoever_says_a_sentence_fills_its_places() -> None:
    """Where the key is known and the values are named."""
    missing = []
    for where, call, pattern in CALLS:
        key = pattern.replace("\\", "")
        if key not in SENTENCES["fr"] or any(keyword.arg is None for keyword in call.keywords):
            continue
        given = {keyword.arg for keyword in call.keywords} | ({"n"} if key in PLURAL_KEYS else set())
        if not places(forms("fr", key)[0]) <= given:
            missing.append((where, key))
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", PLURAL_KEYS)
def test_plurals_are_right_for_none_one_and_many(language: str, key: str) -> None:
    """The number is shown, and French counts none as one."""
    said = {n: wording(language).count(key, n) for n in (0, 1, 2, 5, 100)}
    assert all(str(n) in words and "{" not in words for n, words in said.items())
    singular, plural = forms(language, key)
    assert said[1] == singular.format(n=1)
    assert said[2] == plural.format(n=2)
    assert said[0] == (singular if language == "fr" else plural).format(n=0)


ENUMERATED = [
    *(f"case.kind.{kind}" for kind in Kind),
    *(f"case.state.{state}" for state in CaseState),
    *(f"case.certainty.{certainty}" for certainty in Certainty),
    *(f"consensus.{consensus}" for consensus in Consensus if consensus is not Consensus.OPEN),
    *(f"room.problem.{problem}" for problem in Problem),
    *(f"image.refused.{reason}" for reason in RefusalReason),
    *(f"image.removed.{kind}" for kind in Removed),
    *(f"guard.kind.{kind}" for kind in GuardKind),
    *(f"image.sign.{sign}" for sign in Sign),
    *(f"image.place.{place}" for place in Place),
    *(f"role.{act.name.lower().replace('_', '-')}" for act in REFUSED),
    *("role.no-rule", "role.outsider"),
]


@pytest.mark.parametrize("key", ENUMERATED)
def test_every_kind_of_thing_has_its_sentence(key: str) -> None:
    """Whatever the bot can decide, it can say."""
    assert all(wording(language).has(key) for language in LANGUAGES)


def test_no_sentence_speaks_of_a_kind_that_there_is_not() -> None:
    """Families of sentences are as large as what they are about."""
    families = {key.rsplit(".", 1)[0] for key in ENUMERATED}
    assert [key for key in KEYS if key.rsplit(".", 1)[0] in families and key not in ENUMERATED] == []


NAMES = sorted({command.names[0] for command in COMMANDS})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_help_shows_how_to_type_every_command(language: str, name: str) -> None:
    """What it shows is understood as that command; its explanation is one line."""
    words = wording(language)
    said = TABLE.understand(words.say(f"help.{name}.usage"))
    assert isinstance(said, Called)
    assert said.name == name
    assert "\n" not in words.say(f"help.{name}.text")


def test_no_help_is_left_of_commands_that_are_gone() -> None:
    """Two sentences for each command, and a few around them."""
    about = {key.split(".")[1] for key in KEYS if key.startswith("help.") and key.count(".") == 2}
    quizzed = (f"quiz-{each.names[0]}" for each in QUIZ_SUBCOMMANDS)
    assert about == {*NAMES, *quizzed, *(f"mod-{each.names[0]}" for each in MOD_SUBCOMMANDS)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subcommand", QUIZ_SUBCOMMANDS, ids=lambda each: each.names[0])
def test_help_shows_how_to_type_what_quizzes_do(language: str, subcommand: QuizSubcommand) -> None:
    """Each by one of its names, with one line about it."""
    words = wording(language)
    typed = words.say(f"help.quiz-{subcommand.names[0]}.usage").split()
    assert typed[0] == "!quiz"
    assert fold(typed[1]) in map(fold, subcommand.names)
    assert "\n" not in words.say(f"help.quiz-{subcommand.names[0]}.text")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subcommand", MOD_SUBCOMMANDS, ids=lambda each: each.names[0])
def test_help_shows_how_to_type_what_moderators_may_do(language: str, subcommand: Subcommand) -> None:
    """Each by one of its names, with one line about it."""
    words = wording(language)
    typed = words.say(f"help.mod-{subcommand.names[0]}.usage").split()
    assert typed[0] == "!mod"
    assert fold_name(typed[1]) in map(fold_name, subcommand.names)
    assert "\n" not in words.say(f"help.mod-{subcommand.names[0]}.text")


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_shown_to_be_typed_in_a_room_is_understood(language: str) -> None:
    """A hint that names a command which does not exist helps nobody."""
    wrong = []
    for key in KEYS:
        for form in forms(language, key):
            assert form.count("`") % 2 == 0, key
        if key in PLURAL_KEYS:
            continue
        values = dict.fromkeys(places(forms(language, key)[0]), "#12")
        typed = [span.text for span in wording(language).spans(key, **values) if isinstance(span, Code)]
        wrong += [
            (key, text)
            for text in typed
            if text.startswith("!") and not isinstance(TABLE.understand(text), Called)
        ]
    assert wrong == []
