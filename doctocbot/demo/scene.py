"""The scene that #DocTocToc is known for, played by the cast and the real bot; each step counts only once seen.

The words are those of the cast, not of the bot: they stand here as in any play, and in French.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

from doctocbot.demo import photos
from doctocbot.demo.audience import Audience, check
from doctocbot.demo.carried import FILE_NAME, carried, same_pixels
from doctocbot.demo.cast import ANNE, INES, KARIM, LEA, OMAR, Cast, Role
from doctocbot.demo.photos import Photo
from doctocbot.demo.quizround import QuizRound
from doctocbot.demo.seen import SeenEvent
from doctocbot.demo.stage import Stage
from doctocbot.demo.transcript import Place, Transcript
from doctocbot.images import CleanImage, scrub

ROOM_NAME = "DocTocToc – démonstration"

_CASE = (
    "!cas Enfant de 3 ans, aucun vaccin ROR. Fièvre à 38,5 °C il y a quatre jours, tombée depuis. Éruption"
    " depuis ce matin : joues, avant-bras, genoux, rien sur le tronc. Il joue normalement. Votre avis ?"
    " #diagnostic #dermatologie #pédiatrie"
)
_MEASLES = (
    "Plutôt une rougeole, il n’est pas vacciné\nC’est une maladie à déclaration obligatoire : signalement"
    " à l’ARS dès la suspicion."
)
_WHY_NOT = (
    "Papules toutes semblables, symétriques, joues et faces d’extension, tronc épargné, apyrétique : pas le"
    " tableau d’une rougeole."
)
_REFERENCE = "https://www.cfp.ca/content/55/7/716"
_OUTCOME = "syndrome de Gianotti-Crosti"


class StepFailed(Exception):
    """A step was not seen by everybody; `step` is its name, the message says what was missing."""

    def __init__(self, step: str, why: str) -> None:
        super().__init__(why)
        self.step = step


@dataclass(slots=True)
class _Played:
    """What later steps need of earlier ones: event ids, and the photos with their place in the room."""

    case: str = ""
    card: str = ""
    opinion: str = ""
    rubella: str = ""
    measles: str = ""
    pictures: list[SeenEvent] = field(default_factory=list)


class Scene:
    """One performance."""

    def __init__(self, stage: Stage, transcript: Transcript) -> None:
        self._stage = stage
        self._cast: Cast = stage.cast
        self._transcript = transcript
        self._played = _Played()
        self.room = ""

    async def play(self) -> None:
        """Play every step; raises StepFailed at the first that is not seen by everybody else."""
        quiz = QuizRound(self._transcript, lambda: self._audience, _OUTCOME)
        steps: tuple[tuple[str, Callable[[], Awaitable[None]]], ...] = (
            ("Un salon fermé et chiffré", self._open_room),
            ("Une photo, avant la question", self._photo_before),
            ("La question", self._question),
            ("Une autre photo, après", self._photo_after),
            ("Les réponses", self._answers),
            ("Les avis se comptent", self._votes),
            ("Le résumé", self._summary),
            ("Le cas est clos", self._close),
            ("Le quiz", lambda: quiz.ask(self._played.card)),
            ("Les votes, cachés", quiz.vote),
            ("Le résultat", quiz.end),
            ("Tout est chiffré et signé", self._all_sealed),
        )
        for number, (name, step) in enumerate(steps, 1):
            self._transcript.step(number, len(steps), name)
            began = monotonic()
            try:
                await step()
            except (AssertionError, MatrixError) as error:
                raise StepFailed(name, str(error)) from error
            self._transcript.seen(self._cast, monotonic() - began)
