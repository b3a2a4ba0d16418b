"""The first act: a child's rash, asked, answered, agreed upon, closed.

The words are the cast's, not the bot's: they stand here as in any play, and in French.
"""

import asyncio

from doctocbot.chat.wording import wording
from doctocbot.demo import photos
from doctocbot.demo.audience import Audience, answers_to, check
from doctocbot.demo.carried import FILE_NAME, PICTURE, TURN, carried, same_pixels
from doctocbot.demo.cast import ANNE, INES, KARIM, LEA, OMAR, Role
from doctocbot.demo.french import french
from doctocbot.demo.photos import NEEDLES, Photo
from doctocbot.demo.seen import SeenEvent
from doctocbot.demo.transcript import Place, Transcript
from doctocbot.images import CleanImage, scrub

_QUESTION = french(
    "!cas Enfant de 3 ans, aucun vaccin ROR. Fièvre à 38,5 °C il y a quatre jours, tombée depuis. Éruption"
    " depuis ce matin : joues, avant-bras, genoux, rien sur le tronc. Il joue normalement. Votre avis ?"
    " #diagnostic #dermatologie #pédiatrie"
)
_CAPTION = "Et le genou droit."
_RUBELLA = french("Rubéole ?")
MEASLES = "Plutôt une rougeole, il n’est pas vacciné"
_MEASLES_DUTY = french("C’est une maladie à déclaration obligatoire : signalement à l’ARS dès la suspicion.")
OUTCOME = "syndrome de Gianotti-Crosti"
_WHY_NOT = french(
    "Papules toutes semblables et symétriques, joues et faces d’extension, tronc épargné, plus de fièvre :"
    " ce n’est pas le tableau d’une rougeole."
)
_REFERENCE = "https://www.cfp.ca/content/55/7/716"
_BOT_SAYS = wording("fr")
_AUTHOR_ADDS = "Pas de signe de Köplik, pas de catarrhe."


def _agreed(how_many: int) -> tuple[str, ...]:
    """What the card says of an opinion with a reference that so many share."""
    counted = (_BOT_SAYS.count("opinion.agree", how_many), _BOT_SAYS.count("opinion.references", 1))
    return (OUTCOME, ", ".join(counted), _BOT_SAYS.say("consensus.reached"))


class CaseAct:
    """From the first photo to the outcome; steps are played in the order in which they stand."""

    def __init__(self, audience: Audience, transcript: Transcript) -> None:
        self._audience = audience
        self._transcript = transcript
        self._loose: SeenEvent | None = None
        self._answered: dict[str, str] = {}
        self.card = ""

    async def photo_before(self) -> None:
        """A photo without a word: the original goes, a clean copy stands where it stood."""
        photo = photos.forearm()
        await self._send_photo(photo)
        self._transcript.remark("L’originale est supprimée chez tout le monde ; à sa place :")
        copy = await self._audience.all_see_bot(
            lambda seen: seen.content.get("msgtype") == "m.image" and seen.thread is None, "the clean copy"
        )
        self._loose = copy
        self._show_picture(copy)
        await self._compare(photo, copy)

    async def question(self) -> None:
        """The question opens a case: a card without its words first; the photo moves into its thread."""
        audience = self._audience
        event = await self._says(LEA, _QUESTION)
        root = await audience.all_see_bot(
            lambda seen: seen.body.startswith("#") and not seen.replaces and not seen.thread, "the card"
        )
        check(root.sent_at >= event.sent_at, "the card is older than the question")
        check("ROR" not in str(root.content), "the card's first event holds words of the case")
        self.card = root.event_id
        content = await audience.all_see_card(self.card, "ROR", "📷 1", _BOT_SAYS.say("card.unanswered"))
        self._transcript.card(content)
        copy = await self._in_thread("-1.jpg")
        if self._loose is not None:
            await audience.all_see_gone(self._loose.event_id, "the copy outside the thread gone")
        self._transcript.remark("Prise moins de deux minutes avant, la photo rejoint le fil du cas :")
        self._show_picture(copy, Place.THREAD)

    async def photo_after(self) -> None:
        """Another photo, with a caption: it joins its author's case by itself."""
        photo = photos.knee()
        await self._send_photo(photo, _CAPTION)
        self._transcript.remark(
            "L’originale est supprimée ; la photo rejoint le dernier cas de son autrice :"
        )
        copy = await self._in_thread("-2.jpg")
        check(copy.body == _CAPTION, "the caption was lost")
        self._show_picture(copy, Place.THREAD)
        await self._compare(photo, copy)
        await self._audience.all_see_card(self.card, "📷 2")

    async def answers(self) -> None:
        """Colleagues answer, in the thread or by a plain reply; one proposes an opinion outright."""
        self._answered = {
            "rubella": await self._says_id(OMAR, _RUBELLA, reply=True),
            "measles": await self._says_id(ANNE, f"{MEASLES}\n{_MEASLES_DUTY}"),
            "opinion": await self._says_id(KARIM, f"!avis {OUTCOME}"),
        }
        await self._audience.all_see(
            lambda seen: seen.type == "m.reaction" and seen.sender == self._audience.bot, "the bot's thumbs"
        )
        self._transcript.remark("Le robot place 👍 et 👎 sous l’avis : voter tient en un geste.")
        await self._says_id(KARIM, _WHY_NOT)
        await self._says_id(KARIM, f"!ref {_REFERENCE}")
        await self._says_id(LEA, _AUTHOR_ADDS)
        self._transcript.card(
            await self._audience.all_see_card(self.card, _BOT_SAYS.count("card.answers", 4), *_agreed(1))
        )

    async def votes(self) -> None:
        """Thumbs and words count the same; the card tells on which opinion everybody agrees."""
        for role, emoji, about, words in (
            (KARIM, "👎", "rubella", "la rubéole"),
            (KARIM, "👎", "measles", "la rougeole"),
            (ANNE, "👍", "opinion", "l’avis de Karim"),
        ):
            await self._audience.cast[role].react(self._audience.room, self._answered[about], emoji)
            self._transcript.does(role, f"{emoji} sur {words}", Place.THREAD)
        await self._says_id(OMAR, "!daccord 1")
        content = await self._audience.all_see_card(
            self.card, *_agreed(3), MEASLES, _BOT_SAYS.say("consensus.opposed")
        )
        self._transcript.card(content)

    async def summary(self) -> None:
        """The student, who comes late, asks for a summary."""
        asked = await self._says_id(INES, "!résumé")
        told = await self._audience.all_see_bot(answers_to(asked), "the summary")
        check(
            _REFERENCE in told.body and OUTCOME in told.body, "the summary lacks the opinion or its reference"
        )
        self._transcript.bot(told.content, Place.THREAD)

    async def close(self) -> None:
        """The author closes the case with its outcome."""
        await self._says_id(LEA, f"!clore quasi certain {OUTCOME}")
        self._transcript.card(
            await self._audience.all_see_card(
                self.card, _BOT_SAYS.say("case.state.closed"), f"{OUTCOME} (quasi certain)"
            )
        )
        question = await self._audience.all_see_bot(
            lambda seen: seen.thread == self.card and "!quiz permettre" in seen.body,
            "the question about a quiz",
        )
        self._transcript.bot(question.content, Place.THREAD)

    # -- inside

    async def _says(self, role: Role, text: str) -> SeenEvent:
        self._transcript.says(role, text)
        event_id = await self._audience.cast[role].say(self._audience.room, text)
        return await self._audience.all_see_event(event_id, "a message")

    async def _says_id(self, role: Role, text: str, *, reply: bool = False) -> str:
        """Say something to the case, in its thread or as a plain reply to its card; returns the event's id."""
        if reply:
            self._transcript.says(role, text, reply="en réponse à la fiche, hors du fil")
        else:
            self._transcript.says(role, text, Place.THREAD)
        place = {"reply_to": self.card} if reply else {"thread": self.card}
        event_id = await self._audience.cast[role].say(self._audience.room, text, **place)
        await self._audience.all_see_event(event_id, "a message")
        return event_id

    async def _send_photo(self, photo: Photo, caption: str | None = None) -> None:
        """The author sends a photo as phones do, thumbnail included; the original is gone for everybody soon."""
        shown = f"📷 {photo.file_name}" + (f"\n{caption}" if caption else "")
        self._transcript.does(LEA, shown)
        original = await self._audience.cast[LEA].send_image(
            self._audience.room, photo.data, photo.file_name, caption, thumbnail=photo.thumbnail
        )
        await self._audience.all_see_gone(original, "the original gone")

    async def _in_thread(self, ending: str) -> SeenEvent:
        return await self._audience.all_see_bot(
            lambda seen: seen.thread == self.card and str(seen.content.get("filename")).endswith(ending),
            "the clean picture in the thread",
        )

    def _show_picture(self, copy: SeenEvent, place: Place = Place.TIMELINE) -> None:
        self._transcript.picture(copy.content, place)

    async def _compare(self, photo: Photo, copy: SeenEvent) -> None:
        """Everybody downloads the copy; it must be the same picture with nothing else in its file."""
        data = await self._audience.all_download(copy)
        file_name = str(copy.content["filename"])
        before, after = carried(photo.data, photo.file_name), carried(data, file_name)
        cleaned = await asyncio.to_thread(scrub, photo.data)
        again = await asyncio.to_thread(scrub, data)
        self._transcript.carried(before, after, cleaned.removed if isinstance(cleaned, CleanImage) else ())
        check(isinstance(again, CleanImage) and not again.removed, "the copy still carries something")
        check(set(after) <= {FILE_NAME, PICTURE, TURN}, "the copy still carries something")
        check(not any(needle.encode() in data for needle in NEEDLES), "the copy still names somebody")
        check(not any(needle in str(copy.content) for needle in NEEDLES), "the message names somebody")
        check(same_pixels(photo.data, data), "the picture itself was changed")
