"""The load of a storm: people who post cases and photos, answer, vote and pull, and remember what they did."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.matrix.errors import MatrixError
from tests.images import metadata, photos

PHOTO = photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))


@dataclass(slots=True)
class Asked:
    """One case as its author knows it: the word that is in it alone, and what others did to it."""

    word: str
    author: str
    event_id: str
    photo: bool = False
    card: str | None = None
    answers: set[str] = field(default_factory=set)
    pulled: bool = False


class Crew:
    """A few members of one room; each step is one thing that one of them does, on the homeserver itself."""

    def __init__(self, people: list[Person], room: str, bot: str, chance: random.Random) -> None:
        self.people = people
        self.room = room
        self.cases: list[Asked] = []
        self.done = 0
        self.calm = asyncio.Lock()
        """Held by whoever takes the homeserver down: people's own clients are not what is tested."""
        self._bot = bot
        self._chance = chance

    async def work(self, pause: float) -> None:
        """Go on until cancelled, with about `pause` seconds between two acts."""
        while True:
            async with self.calm:
                await self.step()
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * pause)

    async def step(self) -> None:
        """Do one thing, whatever the room allows at this moment."""
        self._notice_cards()
        known = [case for case in self.cases if case.card is not None and not case.pulled]
        acts: list[tuple[int, Callable[[], object]]] = [(3, self._ask), (1, self._ask_with_photo)]
        if known:
            case = self._chance.choice(known)
            acts += [
                (6, lambda: self._answer(case)),
                (3, lambda: self._propose(case)),
                (1, lambda: self._pull(case)),
            ]
        weights = [weight for weight, _ in acts]
        act = self._chance.choices([act for _, act in acts], weights)[0]
        await act()  # type: ignore[misc]
        self.done += 1

    def _somebody(self, but: str | None = None) -> Person:
        return self._chance.choice([person for person in self.people if person.user_id != but])

    async def _ask(self) -> None:
        person, word = self._somebody(), f"signe{len(self.cases):04d}x"
        event_id = await person.say(self.room, f"!cas toux depuis trois mois et {word}")
        self.cases.append(Asked(word, person.user_id, event_id))

    async def _ask_with_photo(self) -> None:
        person, word = self._somebody(), f"signe{len(self.cases):04d}x"
        event_id = await person.send_image(self.room, PHOTO, caption=f"!cas lésion du dos et {word}")
        self.cases.append(Asked(word, person.user_id, event_id, photo=True))

    async def _answer(self, case: Asked) -> None:
        person = self._somebody(but=case.author)
        case.answers.add(await person.say(self.room, f"réponse {self.done}", thread=case.card))

    async def _propose(self, case: Asked) -> None:
        person = self._somebody(but=case.author)
        proposed = await person.say(self.room, f"!avis hypothèse {self.done}", thread=case.card)
        case.answers.add(proposed)
        await self._somebody(but=person.user_id).react(self.room, proposed, "👍")

    async def _pull(self, case: Asked) -> None:
        author = next(person for person in self.people if person.user_id == case.author)
        number = self._number_of(case)
        if number is not None:
            await author.say(self.room, f"!pull {number}")
            case.pulled = True

    def _number_of(self, case: Asked) -> str | None:
        found = self.people[0].seen.event(case.card or "")
        return found.body.split(" ", 1)[0] if found is not None and not found.redacted else None

    def _notice_cards(self) -> None:
        """Which card is whose: the first edit that holds the case's word says so."""
        missing = [case for case in self.cases if case.card is None]
        if not missing:
            return
        edits = [
            event
            for event in self.people[0].timeline(self.room)
            if event.sender == self._bot and event.replaces
        ]
        for case in missing:
            shown = next((event for event in edits if case.word in words_of(event)), None)
            if shown is not None:
                case.card = shown.replaces


def words_of(event: SeenEvent) -> str:
    """The words of a message as it stands."""
    content = event.content.get("m.new_content") or event.content
    return str(content.get("body", "")) if isinstance(content, dict) else ""


async def patiently(work: Callable[[], object], tries: int = 20) -> None:
    """Do something on a homeserver that is coming up again."""
    for _ in range(tries):
        try:
            await work()  # type: ignore[misc]
        except MatrixError:
            await asyncio.sleep(0.5)
        else:
            return
    raise AssertionError("the homeserver did not come back")
