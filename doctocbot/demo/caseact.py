"""The first act: a child's rash, asked, answered, agreed upon, closed.

The words are the cast's, not the bot's: they stand here as in any play, and in French.
"""

import asyncio

from doctocbot.chat.poll import POLL_START
from doctocbot.chat.wording import wording
from doctocbot.demo import photos
from doctocbot.demo.audience import PATIENCE, Audience, Test, answers_to, check, gone
from doctocbot.demo.carried import FILE_NAME, PICTURE, TURN, carried, same_pixels
from doctocbot.demo.cast import ANNE, INES, KARIM, LEA, OMAR, Role
from doctocbot.demo.french import french
from doctocbot.demo.photos import NEEDLES, Photo
from doctocbot.demo.seen import SeenEvent
from doctocbot.demo.transcript import Place, Transcript
from doctocbot.images import CleanImage, scrub

_QUESTION = french(
    "Enfant de 3 ans, aucun vaccin ROR. Fièvre à 38,5 °C il y a quatre jours, tombée depuis. Éruption"
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
_TEXT = "org.matrix.msc1767.text"
_AUTHOR_ADDS = "Pas de signe de Köplik, pas de catarrhe."


def _agreed(how_many: int) -> tuple[str, ...]:
    """What the card says of an opinion with a reference that so many share."""
    counted = (_BOT_SAYS.count("opinion.agree", how_many), _BOT_SAYS.count("opinion.references", 1))
    return (OUTCOME, ", ".join(counted), _BOT_SAYS.say("consensus.reached"))


class CaseAct:
    """From the direct chat to the outcome; steps are played in the order in which they stand."""

    def __init__(self, audience: Audience, transcript: Transcript) -> None:
        self._audience = audience
        self._transcript = transcript
        self._chat = ""
        self._sent: list[str] = []
        self._question: SeenEvent | None = None
        self._answered: dict[str, str] = {}
        self.card = ""

    async def private_words(self) -> None:
        """The author opens a direct chat with the bot and sends the case: a photo, and the question."""
        lea = self._audience.cast[LEA]
        levels = {"users": {self._audience.bot: 100}}
        self._chat = await lea.create_room(
            None, invite=[self._audience.bot], power_levels=levels, direct=True
        )
        photo = photos.forearm()
        self._transcript.does(LEA, f"ouvre une conversation directe avec le robot\n📷 {photo.file_name}")
        sent = await lea.send_image(self._chat, photo.data, photo.file_name, thumbnail=photo.thumbnail)
        self._transcript.says(LEA, _QUESTION)
        self._sent = [sent, await lea.say(self._chat, _QUESTION)]

    async def preview(self) -> None:
        """The bot shows exactly what colleagues would see, what it removed, and asks."""
        shown = await self._in_chat(
            lambda seen: _BOT_SAYS.say("draft.title") in seen.body and "ROR" in seen.body, "the preview"
        )
        self._transcript.bot(shown.content)
        self._question = await self._in_chat(lambda seen: POLL_START in seen.content, "the question")
        self._transcript.poll(self._question.content)

    async def publish(self) -> None:
        """One tap says that the patient agrees: the case is in the room, and gone from the chat."""
        audience = self._audience
        question = self._question
        check(question is not None, "nothing was asked")
        if question is None:
            return
        choice = question.content[POLL_START]["answers"][0]
        self._transcript.does(LEA, f"touche « {choice[_TEXT]} »")
        await audience.cast[LEA].vote(self._chat, question.event_id, choice["id"])
        root = await audience.all_see_bot(
            lambda seen: seen.body.startswith("#") and not seen.replaces and not seen.thread, "the card"
        )
        check("ROR" not in str(root.content), "the card's first event holds words of the case")
        self.card = root.event_id
        content = await audience.all_see_card(self.card, "ROR", "📷 1", _BOT_SAYS.say("card.unanswered"))
        self._transcript.card(content)
        copy = await self._in_thread("-1.jpg")
        self._show_picture(copy, Place.THREAD)
        await self._compare(photos.forearm(), copy)
        lea = audience.cast[LEA]
        for event_id in (*self._sent, question.event_id):
            await lea.wait_for(self._chat, gone(event_id), PATIENCE, "the chat emptied")
        self._transcript.remark(
            "Dans la conversation directe, il ne reste rien du cas : ni photo, ni mots, ni aperçu."
        )

    async def photo_after(self) -> None:
        """Another photo, in the room itself and with a caption: the original goes, a clean copy joins the case."""
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

    async def _in_chat(self, test: Test, what: str) -> SeenEvent:
        """What the author sees the bot say in their direct chat."""
        bot, lea = self._audience.bot, self._audience.cast[LEA]
        return await lea.wait_for(
            self._chat, lambda seen: seen.sender == bot and seen.decrypted and seen.verified and test(seen),
            PATIENCE, what,
        )  # fmt: skip

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
