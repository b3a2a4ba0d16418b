"""The scene that #DocTocToc is known for, played by the cast and the real bot; each step counts once seen."""

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from doctocbot.demo.audience import Audience, check
from doctocbot.demo.bot import BotFault
from doctocbot.demo.caseact import CaseAct
from doctocbot.demo.cast import ANNE, BOT, INES, LEA, PLAYERS, Role
from doctocbot.demo.quizact import QuizAct
from doctocbot.demo.reviewact import ReviewAct
from doctocbot.demo.stage import Stage
from doctocbot.demo.transcript import Transcript
from doctocbot.matrix.errors import MatrixError

ROOM_NAME = "DocTocToc – démonstration"
_ROBOT_LEVEL = 50

Step = Callable[[], Coroutine[Any, Any, None]]


class StepFailed(Exception):
    """A step was not seen by everybody; `step` is its name, the message says what was missing."""

    def __init__(self, step: str, why: str) -> None:
        super().__init__(why)
        self.step = step


class Scene:
    """One performance."""

    def __init__(self, stage: Stage, transcript: Transcript) -> None:
        self._stage = stage
        self._transcript = transcript
        self.audience = Audience(stage.cast, stage.bot.user_id)
        self.case = CaseAct(self.audience, transcript)
        self.quiz = QuizAct(self.audience, transcript, self.case)
        self.reviews = ReviewAct(self.audience, transcript)

        self.steps: tuple[tuple[str, Step, tuple[Role, ...]], ...] = (
            ("Un salon fermé et chiffré", self._open_room, PLAYERS),
            ("En privé d’abord : la photo et la question", self.case.private_words, (LEA,)),
            ("L’aperçu, que l’autrice est seule à voir", self.case.preview, (LEA,)),
            ("Publié d’un geste", self.case.publish, PLAYERS),
            ("Une autre photo, dans le salon même", self.case.photo_after, PLAYERS),
            ("Les réponses", self.case.answers, PLAYERS),
            ("Les avis se comptent", self.case.votes, PLAYERS),
            ("Un résumé", self.case.summary, PLAYERS),
            ("Le cas est clos", self.case.close, PLAYERS),
            ("Le quiz", self.quiz.ask, PLAYERS),
            ("Les votes, cachés", self.quiz.votes, PLAYERS),
            ("Le résultat", self.quiz.end, PLAYERS),
            ("L’étudiante seule avec le robot", self.reviews.begin, (INES,)),
            ("Deux questions de la banque", self.reviews.go_on, (INES,)),
            ("Où elle en est", self.reviews.end, (INES,)),
            ("Tout était chiffré et signé", self._all_sealed, PLAYERS),
        )

    async def play(self) -> None:
        """Play every step; raises StepFailed at the first that is not seen by everybody."""
        for number, (name, step, witnesses) in enumerate(self.steps, 1):
            self._transcript.step(number, len(self.steps), name)
            began = monotonic()
            try:
                await self._stage.while_bot_runs(step())
            except (AssertionError, MatrixError, BotFault) as error:
                raise StepFailed(name, str(error)) from error
            self._transcript.seen(witnesses, monotonic() - began)

    async def _open_room(self) -> None:
        """The moderator makes the room, and everybody invited comes in, the bot too."""
        stage, audience = self._stage, self.audience
        anne = stage.cast[ANNE]
        others = [stage.cast[role] for role in PLAYERS if role is not ANNE]
        guests = [*(person.user_id for person in others), stage.bot.user_id, stage.visitor.user_id]
        # Of room version 12 on, the creator must not be named here: she stands above all levels.
        levels = {"users": {stage.bot.user_id: _ROBOT_LEVEL}}
        audience.room = await anne.create_room(ROOM_NAME, invite=guests, power_levels=levels)
        self._transcript.does(
            ANNE, f"crée « {ROOM_NAME} », chiffré et sur invitation, et y invite tout le monde"
        )
        await asyncio.gather(*(person.join(audience.room) for person in others))
        for user_id in [*(person.user_id for person in others), stage.bot.user_id]:
            await audience.all_see(_arrival(user_id), "somebody coming in")
        self._transcript.does(BOT, f"entre, avec le droit de supprimer (niveau {_ROBOT_LEVEL})")

    async def _all_sealed(self) -> None:
        """Each device looks again at all that the bot has ever said in the room."""
        counts = []
        for role in PLAYERS:
            said = list(self.audience.from_bot(role))
            check(all(seen.encrypted for seen in said), "the bot sent something in clear text")
            standing = [seen for seen in said if not seen.redacted]
            check(all(seen.verified for seen in standing), "something came from a device that is not signed")
            counts.append(len(said))
        check(min(counts) == max(counts) > 0, "not everybody has seen the same")
        self._transcript.remark(
            f"{counts[0]} messages du robot, tous chiffrés, tous d’un appareil signé par son propriétaire."
        )


def _arrival(user_id: str) -> Callable[..., bool]:
    return lambda seen: (
        seen.type == "m.room.member"
        and seen.raw.get("state_key") == user_id
        and seen.content.get("membership") == "join"
    )
