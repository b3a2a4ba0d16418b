"""Every command that the documents show exists, and runs: chat commands at the desk, terminal ones in a terminal."""

import re
import shlex
from typing import Any

import pytest
import typer.main

from doctocbot.cli import app
from tests.desk import MODO, ROOM, Desk
from tests.docs.pages import PAGES, ROOT, name_of, typed

pytest_plugins = ["tests.desk_fixtures"]

_PLACEHOLDERS = {"NUMBER": "1", "#12": "#1", "…": "mots", "@person": "@marc:clinic.example"}


def chat_commands() -> list[str]:
    """Every `!command` of the documents, once, with the arguments that it is shown with."""
    found = {piece.strip() for page in PAGES for piece in typed(page) if re.match(r"!\w", piece)}
    # Several in one piece: `!quiz show`, `stem` and so on are shown one by one elsewhere.
    return sorted(piece for piece in found if "\n" not in piece and " !" not in piece)


def terminal_lines() -> list[tuple[str, str]]:
    """Every `doctocbot …` line of the documents, with its page."""
    found = []
    for page in PAGES:
        for piece in typed(page):
            for part in re.split(r"&&|;|\|\|?", piece):
                match = re.search(r"(?:^|[\s/])doctocbot ((?:[a-z][\w-]*)(?: .*)?)$", part.strip())
                if match:
                    found.append((name_of(page), match[1].split("  #")[0].strip()))
    return sorted(set(found))


def test_there_are_commands_to_run() -> None:
    """A change of the documents' form must not leave these tests with nothing to do."""
    assert len(chat_commands()) > 60
    assert len(terminal_lines()) > 15


@pytest.mark.slow
async def test_every_chat_command_runs(desk: Desk) -> None:
    """Said by a moderator in a room with a case: each is understood, and none fails."""
    await desk.say(MODO, "!cas Enfant de 3 ans, toux depuis un mois")
    wrong = []
    for shown in chat_commands():
        words = shown
        for placeholder, value in _PLACEHOLDERS.items():
            words = words.replace(placeholder, value)
        said = await desk.say(MODO, words, room=ROOM)
        answers = " ".join(desk.answers_to(said))
        if (
            "Je ne connais pas cette commande" in answers
            or "quelque chose s'est mal passé" in answers.lower()
        ):
            wrong.append((shown, answers[:80]))
        failed = await desk.value("SELECT count(*) FROM inbox WHERE verdict = 'failed'")
        assert failed == 0, shown
    assert wrong == []


@pytest.mark.parametrize(("page", "line"), terminal_lines())
def test_every_terminal_command_is_one(page: str, line: str) -> None:
    """Its name and its options; what it does is another test's matter."""
    words = shlex.split(line.replace("…", "").replace("[", " ").replace("]", " "))
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        name = words.pop(0)
        assert name in command.commands, f"doctocbot {line} in {page}"
        command = command.commands[name]
    options = {option for parameter in command.params for option in parameter.opts}
    for word in words:
        if word.startswith("--"):
            assert word.split("=")[0] in options | {"--help"}, f"doctocbot {line} in {page}"


def test_every_make_target_is_one() -> None:
    """`make demo`, `make chaos` and so on."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    shown = {
        match for page in PAGES for piece in typed(page) for match in re.findall(r"^make ([a-z]+)", piece)
    }
    assert shown - targets == set()
