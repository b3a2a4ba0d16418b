"""`!mask`: words that stand in a picture of a draft are blanked, and the author is shown the result."""

from collections.abc import Callable, Sequence

from doctocbot.cases import intake, pictures
from doctocbot.cases.pictures import Seen
from doctocbot.cases.readings import Reading
from doctocbot.chat.parsing import fold, leading_count
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.images import CleanImage
from doctocbot.images.box import Box
from doctocbot.images.spots import ALL_TEXT, Place
from doctocbot.matrix import Errand

_ALL = frozenset(("all text", "all", "text", "tout", "tout le texte", "texte"))
_PLACES = {
    Place.TOP_LEFT: ("top left", "en haut a gauche", "haut gauche"),
    Place.TOP: ("top", "en haut", "haut", "en haut au milieu"),
    Place.TOP_RIGHT: ("top right", "en haut a droite", "haut droite"),
    Place.LEFT: ("left", "a gauche", "gauche"),
    Place.MIDDLE: ("middle", "centre", "center", "au milieu", "au centre", "milieu"),
    Place.RIGHT: ("right", "a droite", "droite"),
    Place.BOTTOM_LEFT: ("bottom left", "en bas a gauche", "bas gauche"),
    Place.BOTTOM: ("bottom", "en bas", "bas", "en bas au milieu"),
    Place.BOTTOM_RIGHT: ("bottom right", "en bas a droite", "bas droite"),
}

MakeErrand = Callable[[CleanImage, Sequence[Box]], Errand]
"""Makes the errand that blanks boxes of a clean picture, cleans and reads the result: `Seen`, or a refusal."""


class Masking:
    """Carries out `!mask N WHERE`; `mask` blanks, outside the transaction."""

    def __init__(self, mask: MakeErrand) -> None:
        self._mask = mask

    def errand(self, c: Conversation, words: str) -> Errand:
        """The errand that blanks what was asked; raises a Refusal where there is nothing to blank."""
        _, part = intake.picture(c, words)
        picture = pictures.kept_picture(c.tx, part.attachment_id)
        if picture is None:
            # One that was given back from a pulled case is on the server alone.
            raise Refusal("mask.send-again", number=str(part.number))
        if part.reading is None:
            raise Refusal("mask.nothing-read")
        boxes = Reading.from_json(part.reading).boxes(_target(words))
        if not boxes:
            raise Refusal("mask.nothing-there", number=str(part.number))
        return self._mask(picture, boxes)

    def masked(self, c: Conversation, words: str, fetched: object) -> None:
        """Put the masked picture in the place of the one before; raises a Refusal where it could not be made."""
        draft, part = intake.picture(c, words)
        if not isinstance(fetched, Seen):
            raise Refusal("mask.failed", number=str(part.number))
        intake.replace_picture(c, draft, part, fetched)


def _target(words: str) -> str:
    """What the words after the number name: all text, or a place."""
    _, rest = leading_count(words)
    asked = " ".join(fold(rest).replace("-", " ").split())
    if asked in _ALL:
        return ALL_TEXT
    named = next((place for place, names in _PLACES.items() if asked in names), None)
    if named is None:
        raise Refusal("mask.where")
    return named
