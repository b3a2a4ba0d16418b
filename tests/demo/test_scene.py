"""`make demo`, run as a newcomer runs it: a process of its own, watched from outside."""

import asyncio
import base64
import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from doctocbot.demo.carried import FILE_NAME, PICTURE, carried
from doctocbot.demo.person import Person
from doctocbot.demo.photos import NEEDLES
from doctocbot.matrix.crosssigning import ensure_cross_signed
from doctocbot.matrix.secretstorage import RecoveryKey, restore_secrets
from tests.demo.running import COMMAND, ENVIRONMENT, PATIENCE, broken, demo, one_line

pytestmark = pytest.mark.homeserver

_RECOVERY_KEY = re.compile(r"Es\w\w( \w{4}){11}")


@dataclass(frozen=True)
class Performance:
    """What one run of `--exit` left behind."""

    status: int
    transcript: str
    page: str
    picture: str
    left_over: list[Path]


@pytest.fixture(scope="module")
def performance(tmp_path_factory: pytest.TempPathFactory) -> Performance:
    """One run of the scene with both pictures saved."""
    place = tmp_path_factory.mktemp("demo")
    page, picture = place / "case.html", place / "transcript.svg"
    options = (
        "--exit",
        "--directory",
        str(place / "runs"),
        "--save-html",
        str(page),
        "--save-svg",
        str(picture),
    )
    done = subprocess.run(
        [*COMMAND, *options],
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return Performance(
        done.returncode,
        done.stdout,
        page.read_text(encoding="utf-8"),
        picture.read_text(encoding="utf-8"),
        list((place / "runs").iterdir()),
    )


def test_every_step_is_seen(performance: Performance) -> None:
    """The status is 0; two private steps were seen by Léa, three by Inès, the others by all five people."""
    assert performance.transcript.count("✓ vu par Léa, Karim, Omar, Anne, Inès") == 11
    assert performance.transcript.count("✓ vu par Léa ·") == 2
    assert performance.transcript.count("✓ vu par Inès ·") == 3
    assert "✓ 16 étapes sur 16" in performance.transcript


@pytest.mark.parametrize(
    "line",
    [
        "Aperçu : rien n'est encore publié",
        "Publier : le patient est d'accord",
        "il ne reste rien du cas",
        "Rubéole ?",
        "Plutôt une rougeole",
        "!avis syndrome de Gianotti-Crosti",
        "pas encore de réponse",
        "1 référence, personne contre → avis concordants",
        "Issue : syndrome de Gianotti-Crosti (quasi certain)",
        "!résumé",
        "Sa réponse est comptée, et retirée du salon",
        "Résultat du quiz sur #1",
        "tous chiffrés, tous d’un appareil signé",
    ],
)
def test_tells_the_story(performance: Performance, line: str) -> None:
    """Whoever reads the transcript follows the case from the question to the quiz."""
    assert line in one_line(performance.transcript)


def test_both_photos_lost_what_they_carried(performance: Performance) -> None:
    """Each photo's table has a position on the side of the original and nothing on the side of the copy."""
    rows = re.findall(r"lieu \(GPS\)\s+(.*)", performance.transcript)

    assert [row.split()[-1] for row in rows] == ["rien", "rien"]
    assert all("48,2371°" in row for row in rows)
    assert "case-1-2.jpg" in performance.transcript


def test_page_shows_the_case_without_a_needle(performance: Performance) -> None:
    """The page in Element's style holds card, thread, poll and the clean pictures, and names nobody's patient.

    Both pictures stand there twice: in the case, and with the question that is made of it.
    """
    pictures = [base64.b64decode(found) for found in re.findall(r"base64,([\w+/=]+)", performance.page)]

    assert len(pictures) == 4
    assert all(set(carried(picture, "x.jpg")) == {FILE_NAME, PICTURE} for picture in pictures)
    assert "📷 2 — 4 réponses" in performance.page
    assert "Résultats finaux sur la base de 2 votes" in performance.page
    assert performance.page.count("Message supprimé") == 2
    for needle in NEEDLES:
        assert needle not in performance.page
        assert not any(needle.encode() in picture for picture in pictures)


def test_picture_needs_nothing_from_outside(performance: Performance) -> None:
    """The saved transcript is a picture that loads no font and no style from anywhere."""
    assert performance.picture.startswith("<svg")
    assert "@font-face" not in performance.picture
    assert "url(http" not in performance.picture


def test_nothing_is_left_of_a_good_run(performance: Performance) -> None:
    """Databases, keys and pictures of the run are removed at its end."""
    assert performance.left_over == []


# -- when it stays up, and when it cannot


async def test_bot_that_dies_fails_the_demo(tmp_path: Path) -> None:
    """When the bot is gone the demo says at which step, keeps the logs, and ends with status 1."""
    async with demo(tmp_path, "--exit") as running:
        pid = int((await running.prints(r"processus (\d+)"))[1])
        os.kill(pid, signal.SIGKILL)
        status = await running.ends()

    assert status == 1
    assert "✗ pas vu de tous : Un salon fermé et chiffré" in running.transcript
    assert "vues par tous" not in running.transcript
    assert _logs_kept(tmp_path) == 1


async def test_visitor_can_come_in_and_talk_to_the_bot(tmp_path: Path) -> None:
    """The account set aside for Element joins and is answered; a player's recovery key signs a new session; SIGTERM
    ends it all with status 0 and leaves no process and no file."""
    runs = tmp_path / "runs"
    async with demo(runs) as running:
        bot = int((await running.prints(r"processus (\d+)"))[1])
        await running.prints(broken("run.log"))
        url = (await running.prints(r"http://127\.0\.0\.1:\d+"))[0]
        password = (await running.prints(r"visiteur, mot de passe (\w+)"))[1]
        async with Person.login(url, "@visiteur:doctoc.test", password, tmp_path / "visitor") as visitor:
            [room] = await _invitations(visitor)
            await visitor.join(room)
            await visitor.say(room, "!résumé #1")
            told = await visitor.wait_for(
                room,
                lambda seen: "#1" in seen.body and seen.sender.startswith("@doctocbot:"),
                what="the summary",
            )
            assert "syndrome de Gianotti-Crosti" in told.body
            assert told.verified
            await _player_recovers(running.transcript, url, room, tmp_path / "element")
        running.process.send_signal(signal.SIGTERM)
        status = await running.ends()

    assert status == 0
    assert "Démonstration arrêtée." in running.transcript
    assert list(runs.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(bot, 0)


def _logs_kept(runs: Path) -> int:
    return len(list(runs.glob("run-*/bot/run.log")))


async def _invitations(visitor: Person) -> set[str]:
    """The rooms that somebody is invited to, once their first sync is in."""
    for _ in range(200):
        if visitor.invited_to:
            break
        await asyncio.sleep(0.05)
    return visitor.invited_to


async def _player_recovers(transcript: str, url: str, room: str, directory: Path) -> None:
    """Log in anew as the moderator, sign the session with the recovery key that was printed, and be obeyed."""
    shown = transcript[transcript.index("anne ") :]
    password = shown.split()[1]
    key = _RECOVERY_KEY.search(shown)
    assert key is not None
    async with Person.login(url, "@anne:doctoc.test", password, directory, cross_sign=False) as anne:
        await restore_secrets(anne.client, RecoveryKey.parse(key[0]), anne.vault)
        await ensure_cross_signed(anne.client, anne.vault, password)
        asked = await anne.say(room, "!lescas clos")
        told = await anne.wait_for(
            room,
            lambda seen: seen.relation.get("m.in_reply_to", {}).get("event_id") == asked and seen.decrypted,
            what="the list of closed cases",
        )
        assert "#1" in told.body
