"""The third act: alone with the bot, the student is asked three questions, and sees how far she has come."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml

from doctocbot.chat.wording import wording
from doctocbot.demo.audience import PATIENCE, Audience, Test, check
from doctocbot.demo.caseact import OUTCOME
from doctocbot.demo.cast import INES
from doctocbot.demo.seen import SeenEvent
from doctocbot.demo.transcript import Transcript

_CHOICE = re.compile(r"([A-E])\. (.+)")
_BOT_SAYS = wording("fr")
_ASKS = _BOT_SAYS.say("quiz.review-question", number="…").rpartition("…")[2]
_RIGHT, _WRONG = _BOT_SAYS.say("quiz.review-right"), _BOT_SAYS.say("quiz.review-wrong")


class ReviewAct:
    """Three private reviews; steps are played in the order in which they stand."""

    def __init__(self, audience: Audience, transcript: Transcript) -> None:
        self._audience = audience
        self._transcript = transcript
        self._chat = ""
        self._met: set[str] = set()

    async def begin(self) -> None:
        """She opens a direct chat and asks to be asked; the first question is that of the room's own case."""
        ines = self._audience.cast[INES]
        levels = {"users": {self._audience.bot: 100}}
        self._chat = await ines.create_room(
            None, invite=[self._audience.bot], power_levels=levels, direct=True
        )
        self._transcript.does(INES, "ouvre une conversation directe avec le robot")
        await self._says("!quiz moi")
        asked = await self._sees(lambda seen: _ASKS in seen.body, "the first question")
        check("ROR" in asked.body, "the case of the room is not asked first")
        check("2 à 3 ans" in asked.body and "de 3 ans" not in asked.body, "the question shows an exact age")
        told = await self._answers(asked, right=True)
        await ines.react(self._chat, told.event_id, "👍")
        self._transcript.does(INES, "👍 : c’était bien")

    async def go_on(self) -> None:
        """Two of the bank: one that she does not know, one that she does and grades by a word."""
        await self._answers(await self._next(), right=False)
        await self._answers(await self._next(), right=True)
        await self._says("facile")
        await self._next(answered=False)

    async def end(self) -> None:
        """She stops, and sees in a small picture what is due and what is learnt."""
        await self._says("!quiz moi stop")
        picture = await self._sees(_is_progress, "her progress")
        data = await self._audience.cast[INES].fetch_media(picture.content)
        check(data.startswith(b"\x89PNG"), "her progress is no picture")
        self._transcript.picture(picture.content)
        self._transcript.remark(
            "Rien de tout cela ne se voit au salon, ni ce qu’elle savait, ni ce qu’elle ignorait."
        )

    # -- inside

    async def _says(self, words: str) -> None:
        self._transcript.says(INES, words)
        await self._audience.cast[INES].say(self._chat, words)

    async def _next(self, *, answered: bool = True) -> SeenEvent:
        """The question that comes after the one before."""
        found = await self._sees(
            lambda seen: _ASKS in seen.body and seen.event_id not in self._met, "the next question"
        )
        if not answered:
            self._show(found)
        return found

    async def _answers(self, asked: SeenEvent, *, right: bool) -> SeenEvent:
        """Answer a question, and read what the bot says to that."""
        self._show(asked)
        choices = dict(_CHOICE.findall(asked.body))
        known = {OUTCOME, *_right_answers()}
        letter = next(letter for letter, text in choices.items() if (text in known) is right)
        await self._says(letter)
        verdict = _RIGHT if right else _WRONG
        told = await self._sees(
            lambda seen: verdict in seen.body and seen.event_id not in self._met,
            "what the bot says to the answer",
        )
        self._show(told)
        return told

    def _show(self, seen: SeenEvent) -> None:
        self._met.add(seen.event_id)
        self._transcript.bot(seen.content)

    async def _sees(self, test: Test, what: str) -> SeenEvent:
        bot = self._audience.bot
        return await self._audience.cast[INES].wait_for(
            self._chat, lambda seen: seen.sender == bot and seen.decrypted and seen.verified and test(seen),
            PATIENCE, what,
        )  # fmt: skip


def _right_answers() -> set[str]:
    """The right answers of the bank that the demo has imported, as a student might know them."""
    text = files("doctocbot.quiz").joinpath("banks", "fr.yaml").read_text(encoding="utf-8")
    bank: Mapping[str, Any] = yaml.safe_load(text)
    return {
        choice["text"]
        for question in bank["questions"]
        for choice in question.get("choices", ())
        if choice.get("right")
    }


def _is_progress(seen: SeenEvent) -> bool:
    """Whether it is the picture of what is learnt; questions bring pictures too."""
    name = f"{_BOT_SAYS.say('progress.file')}.png"
    return seen.content.get("msgtype") == "m.image" and seen.content.get("filename") == name
