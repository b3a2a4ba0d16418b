"""What a student takes to a portfolio: what was learnt, and nothing of a patient."""

import csv
import io

import pytest

from doctocbot.quiz.learning_log import as_csv
from tests.desk import CHAT, LEA, NORA, Desk
from tests.quiz.asking import closed_case
from tests.quiz.test_reviews import begin, letter, reply

pytest_plugins = ["tests.desk_fixtures"]


async def files(desk: Desk) -> dict[str, str]:
    """The files of Nora's log by the ending of their names."""
    await reply(desk, "!quiz journal")
    sent = [
        event.content
        for event in desk.gateway.visible()
        if "journal-quiz" in event.content.get("filename", "")
    ]
    return {
        content["filename"].rpartition(".")[2]: desk.gateway.files[content["file"]["url"]].decode("utf-8-sig")
        for content in sent
    }


async def test_it_holds_what_was_learnt_and_nothing_of_the_patient(desk: Desk) -> None:
    """The right answer, the reference and how often; no stem, no name; the same in both files."""
    await closed_case(desk, text="Enfant de 3 ans, éruption #dermato")
    await desk.open_chat(NORA)
    await begin(desk)
    await reply(desk, letter(desk, right=False))
    found = await files(desk)
    (row,) = list(csv.DictReader(io.StringIO(found["csv"]), delimiter=";"))
    assert row["bonne réponse"] == "Gianotti-Crosti"
    assert row["références"] == "https://www.has-sante.fr/x"
    assert (row["révisions"], row["justes"]) == ("1", "0")
    assert "dermato" in row["sujet"]
    assert "1 questions, 1 révisions" in found["md"]
    for text in found.values():
        assert "éruption" not in text
        assert "@" not in text


async def test_the_kind_of_a_case_is_told_in_the_words_of_the_chat(desk: Desk) -> None:
    """A French portfolio says no "treatment"."""
    await closed_case(desk)
    await desk.database.run(lambda tx: tx.execute("UPDATE medical_case SET kind = 'treatment'"))
    await desk.open_chat(NORA)
    await begin(desk)
    await reply(desk, letter(desk, right=False))
    found = await files(desk)
    assert "raitement" in found["csv"]
    assert "treatment" not in found["csv"]


async def test_a_pull_takes_the_files_back(desk: Desk) -> None:
    """They show what the outcome of the case was."""
    await closed_case(desk)
    await desk.open_chat(NORA)
    await begin(desk)
    await reply(desk, letter(desk, right=False))
    assert len(await files(desk)) == 2
    await desk.say(LEA, "!retirer #1")
    assert not [
        event for event in desk.gateway.visible() if "journal-quiz" in event.content.get("filename", "")
    ]


async def test_there_is_none_of_nothing(desk: Desk) -> None:
    """Somebody who has reviewed nothing learns how to begin."""
    await desk.open_chat(NORA)
    await desk.say(NORA, "!quiz log", room=CHAT)
    assert "!quiz moi" in desk.gateway.visible()[-1].body


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", " =1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """A spreadsheet shows it as it is written."""
    rows = list(csv.reader(io.StringIO(as_csv(["a"], [[cell]], ","))))
    assert rows == [["a"], [f"'{cell}"]]
