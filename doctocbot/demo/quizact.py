"""The second act: the closed case becomes a question, the student learns from it."""

from collections.abc import Mapping
from typing import Any

from doctocbot.chat.poll import POLL_END, POLL_START
from doctocbot.demo.audience import Audience, answers_to, check
from doctocbot.demo.caseact import MEASLES, OUTCOME, CaseAct
from doctocbot.demo.cast import ANNE, INES, KARIM, LEA, OMAR, Role
from doctocbot.demo.seen import SeenEvent
from doctocbot.demo.transcript import Place, Transcript

_TEXT = "org.matrix.msc1767.text"


class QuizAct:
    """From the author's yes to the result; steps are played in the order in which they stand."""

    def __init__(self, audience: Audience, transcript: Transcript, case: CaseAct) -> None:
        self._audience = audience
        self._transcript = transcript
        self._case = case
        self._poll: SeenEvent | None = None

    async def ask(self) -> None:
        """The author allows it, the moderator asks it: a native poll whose votes are hidden."""
        allowed = await self._says(LEA, "!quiz permettre", thread=self._case.card)
        told = await self._audience.all_see_bot(answers_to(allowed), "thanks for the permission")
        self._transcript.bot(told.content, Place.THREAD)
        await self._says(ANNE, "!quiz")
        self._poll = await self._audience.all_see_bot(lambda seen: seen.type == POLL_START, "the poll")
        start = self._poll.content[POLL_START]
        check(str(start["kind"]).endswith("undisclosed"), "the votes are not hidden")
        self._transcript.poll(self._poll.content)

    async def votes(self) -> None:
        """The student changes her mind; one colleague answers in words, which leave no trace in the room."""
        right, wrong = self._letter(OUTCOME), self._letter(MEASLES)
        await self._vote(INES, wrong, "vote dans le sondage")
        await self._vote(KARIM, right, "vote dans le sondage")
        await self._vote(INES, right, "change d’avis et vote de nouveau")
        answer = await self._says(OMAR, f"!réponse {right}")
        await self._audience.all_see_gone(answer, "the written answer gone")
        self._transcript.remark(
            "Sa réponse est comptée, et retirée du salon : elle ne souffle rien à personne."
        )

    async def end(self) -> None:
        """The moderator ends it; the result counts each person once, by their last answer."""
        await self._says(ANNE, "!quiz stop")
        poll = self._poll.event_id if self._poll else ""
        await self._audience.all_see_bot(
            lambda seen: seen.type == POLL_END and seen.relation.get("event_id") == poll,
            "the end of the poll",
        )
        told = await self._audience.all_see_bot(
            lambda seen: seen.thread == poll and "✅" in seen.body, "the result"
        )
        counted = {words: _count(told.content, words) for words in (OUTCOME, MEASLES)}
        check(counted == {OUTCOME: 3, MEASLES: 0}, f"the votes were counted wrong: {list(counted.values())}")
        self._transcript.bot(told.content, Place.THREAD)

    # -- inside

    async def _says(self, role: Role, text: str, thread: str | None = None) -> str:
        self._transcript.says(role, text, Place.THREAD if thread else Place.TIMELINE)
        event_id = await self._audience.cast[role].say(self._audience.room, text, thread)
        await self._audience.all_meet(event_id, "a message")
        return event_id

    async def _vote(self, role: Role, letter: str, how: str) -> None:
        self._transcript.does(role, f"{how} : {letter}")
        poll = self._poll.event_id if self._poll else ""
        event_id = await self._audience.cast[role].vote(self._audience.room, poll, letter)
        await self._audience.all_see_event(event_id, "a vote")

    def _letter(self, words: str) -> str:
        """The letter under which the poll offers these words."""
        answers = self._poll.content[POLL_START]["answers"] if self._poll else []
        found = [str(answer["id"]) for answer in answers if words in answer[_TEXT]]
        check(len(found) == 1, "the poll does not offer each opinion once")
        return found[0]


def _count(result: Mapping[str, Any], words: str) -> int | None:
    """How many votes the result gives to these words."""
    for line in str(result["body"]).split("\n"):
        if words in line and "—" in line:
            return int(line.rpartition("—")[2].split()[0])
    return None
