"""Synthetic prints and screens that name invented people: strips, banners, labels, laboratory sheets, chats.

Each is drawn anew from a number, tells what was planted where, and resembles what doctors photograph: turned, noisy,
unevenly lit, white on black. Only fonts that come inside Pillow or with the system are used.
"""

import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from doctocbot.images.box import Box

_SYSTEM_FONTS = Path("/usr/share/fonts/truetype/dejavu")
_FACES = (
    "DejaVuSans.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSansCondensed.ttf",
    "DejaVuSerif.ttf",
)

FAMILIES = (
    "DUPONT",
    "MARTINEZ",
    "LEFEBVRE",
    "BENALI",
    "VAN DEN BERG",
    "KOWALSKI",
    "TREMBLAY",
    "OKONKWO",
    "GARCIA",
)
GIVEN = ("Marie", "Jean-Pierre", "Fatima", "Hélène", "Thomas", "Zoé", "Ahmed", "Chantal", "William", "Noémie")
HOSPITALS = ("CHU de Lille", "CH Saint-Brieuc", "Clinique du Parc", "Hôpital Bichat", "Hôpital Saint-Louis")


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    family: str
    given: str
    born: str
    phone: str
    file_number: str
    hospital: str
    seen: str


@dataclass
class Print:
    """A picture, and what was planted in it: the words as they stand there, and the box around each."""

    name: str
    image: Image.Image
    planted: list[tuple[str, Box]] = field(default_factory=list)

    def png(self) -> bytes:
        """The picture as a PNG."""
        buffer = io.BytesIO()
        self.image.save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()

    def jpeg(self, quality: int = 88) -> bytes:
        """The picture as a JPEG, as a phone would send it."""
        buffer = io.BytesIO()
        self.image.convert("RGB").save(buffer, "JPEG", quality=quality)
        return buffer.getvalue()


@cache
def font(number: int, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A typeface of some size: one of the system's where it has any, else the one inside Pillow."""
    path = _SYSTEM_FONTS / _FACES[number % len(_FACES)]
    return ImageFont.truetype(path, size) if path.exists() else ImageFont.load_default(size)


def person(rng: Random) -> Person:
    """Invent somebody."""
    born = f"{rng.randrange(1, 29):02}/{rng.randrange(1, 13):02}/{rng.randrange(1930, 2015)}"
    seen = f"{rng.randrange(1, 29):02}/{rng.randrange(1, 13):02}/{rng.randrange(2019, 2026)}"
    phone = "06 " + " ".join(f"{rng.randrange(100):02}" for _ in range(4))
    number = str(rng.randrange(10**8, 10**9))
    return Person(rng.choice(FAMILIES), rng.choice(GIVEN), born, phone, number, rng.choice(HOSPITALS), seen)


class Sheet:
    """A surface to write on that remembers where the planted words stand."""

    def __init__(self, size: tuple[int, int], paper: str, ink: str, typeface: int) -> None:
        self.image = Image.new("RGB", size, paper)
        self.draw = ImageDraw.Draw(self.image)
        self.planted: list[tuple[str, Box]] = []
        self._ink = ink
        self._typeface = typeface

    def write(self, at: tuple[int, int], size: int, *pieces: str, ink: str | None = None) -> None:
        """Write pieces one after the other; what is planted is given as `*words`."""
        x = float(at[0])
        typeface = font(self._typeface, size)
        for piece in pieces:
            words = piece.removeprefix("*")
            width = self._letters((x, at[1]), words, typeface, ink or self._ink)
            if piece.startswith("*"):
                self.planted.append((words, Box(int(x), at[1], int(width) + 1, int(size * 1.25))))
            x += width

    def _letters(
        self,
        at: tuple[float, float],
        words: str,
        typeface: ImageFont.FreeTypeFont | ImageFont.ImageFont,
        ink: str,
    ) -> float:
        plain = isinstance(typeface, ImageFont.FreeTypeFont) and typeface.getname()[0] == "Aileron"
        if not plain:
            self.draw.text(at, words, font=typeface, fill=ink)
            return float(typeface.getlength(words))
        # The typeface inside Pillow has no accents: put them over their letters by hand.
        x = at[0]
        for letter in words:
            spelled = unicodedata.normalize("NFD", letter)
            base, marks = {"°": "o", "µ": "u"}.get(spelled[0], spelled[0]), spelled[1:]
            self.draw.text((x, at[1]), base, font=typeface, fill=ink)
            width = typeface.getlength(base)
            for mark in marks:
                self._accent(mark, x + width / 2, at[1], width, ink)
            x += width
        return x - at[0]

    def _accent(self, mark: str, middle: float, top: float, width: float, ink: str) -> None:
        rise = {"\u0301": -1, "\u0300": 1}.get(mark)
        reach, thick = width / 4, max(1, round(width / 8))
        if rise is not None:
            ends = (
                middle - reach,
                top + width / 3 - rise * reach / 2,
                middle + reach,
                top + width / 3 + rise * reach / 2,
            )
            self.draw.line(ends, fill=ink, width=thick)


def ecg(rng: Random, who: Person) -> Sheet:
    """An electrocardiogram on pink paper, with its banner."""
    sheet = Sheet((1600, 1000), "#fff4f2", "black", rng.randrange(5))
    for x in range(0, 1600, 20):
        sheet.draw.line((x, 0, x, 1000), fill="#f3c9c6", width=2 if x % 100 == 0 else 1)
    for y in range(0, 1000, 20):
        sheet.draw.line((0, y, 1600, y), fill="#f3c9c6", width=2 if y % 100 == 0 else 1)
    for row in range(4):
        base = 320 + 170 * row
        points = []
        for x in range(20, 1580, 4):
            phase = (x % 170) / 170
            beat = (
                -95
                if 0.40 < phase < 0.43
                else 25
                if 0.43 < phase < 0.46
                else -14
                if 0.6 < phase < 0.72
                else 0
            )
            points.append((x, base + beat + rng.gauss(0, 1.5)))
        sheet.draw.line(points, fill="#202020", width=2)
        sheet.write((30, base - 90), 24, ("I", "II", "III", "V1")[row])
    sheet.write((40, 30), 30, "Nom: ", f"*{who.family} {who.given}")
    sheet.write((40, 75), 26, "ID: ", f"*{who.file_number}", "   Né(e) le: ", f"*{who.born}")
    sheet.write((40, 115), 26, "FC 72 bpm   PR 164 ms   QRS 92 ms   QTc 431 ms")
    sheet.write((1040, 30), 26, f"*{who.seen}", " 10:42:17")
    sheet.write((1040, 75), 24, f"*{who.hospital}")
    sheet.write((40, 955), 22, "25 mm/s  10 mm/mV  0.05-150 Hz")
    return sheet


def ultrasound(rng: Random, who: Person) -> Sheet:
    """An ultrasound screen, white on black, with a header in the manner of DICOM."""
    sheet = Sheet((1024, 768), "black", "white", rng.randrange(5))
    speckle = np.random.default_rng(rng.randrange(10**6)).gamma(2.0, 22.0, (768, 1024))
    across, down = np.meshgrid(np.arange(1024) - 512, np.arange(768) - 60)
    fan = (np.hypot(across, down) < 640) & (np.abs(np.arctan2(across, down)) < 0.7) & (down > 60)
    sheet.image.paste(Image.fromarray(np.where(fan, speckle, 0).clip(0, 255).astype(np.uint8)), (0, 0))
    sheet.draw.rectangle((0, 0, 1024, 74), fill="black")
    sheet.write((16, 8), 24, f"*{who.family.replace(' ', '-')}^{who.given.upper()}")
    sheet.write((16, 40), 20, f"*{who.file_number}", "   ", f"*{who.born}")
    sheet.write((640, 8), 22, f"*{who.hospital}")
    sheet.write((640, 40), 20, f"*{who.seen}", " 14:05:33")
    sheet.write((16, 700), 20, "C5-1   12.4 cm   MI 1.2   TIs 0.8")
    return sheet


def laboratory(rng: Random, who: Person) -> Sheet:
    """A sheet of laboratory results."""
    sheet = Sheet((1240, 1500), "#f8f6f0", "#181818", rng.randrange(5))
    sheet.write((70, 60), 40, "Laboratoire de biologie médicale")
    sheet.write((70, 150), 30, "Patient : ", f"*Mme {who.family} {who.given}")
    sheet.write((70, 195), 28, "Date de naissance : ", f"*{who.born}")
    sheet.write((70, 240), 28, "N° dossier : ", f"*{who.file_number}", "   Tél : ", f"*{who.phone}")
    sheet.write(
        (70, 285), 28, "Prescripteur : ", f"*Dr {rng.choice(FAMILIES)}", "   Prélevé le ", f"*{who.seen}"
    )
    rows = (
        *(
            "Hémoglobine|12.3 g/dL|12.0 - 16.0",
            "Leucocytes|7.4 G/L|4.0 - 10.0",
            "Plaquettes|250 G/L|150 - 400",
        ),
        *("Sodium|139 mmol/L|135 - 145", "Potassium|4.2 mmol/L|3.5 - 5.0", "Créatinine|78 µmol/L|45 - 84"),
        *(
            "CRP|147 mg/L|< 5",
            "TSH|2.31 mUI/L|0.27 - 4.20",
            "Ferritine|36 µg/L|15 - 150",
            "INR|1.02|0.9 - 1.2",
        ),
    )
    for number, row in enumerate(rows):
        for x, cell in zip((70, 520, 860), row.split("|"), strict=True):
            sheet.write((x, 400 + 70 * number), 28, cell)
    sheet.write((70, 1400), 24, f"*{who.hospital}", " - biologie")
    return sheet


def label(rng: Random, who: Person) -> Sheet:
    """A label on a tube, small and printed coarsely."""
    sheet = Sheet((640, 360), "white", "black", 1)
    sheet.write((24, 18), 34, f"*{who.family} {who.given}")
    sheet.write((24, 70), 28, "DDN ", f"*{who.born}", "  F")
    sheet.write((24, 114), 28, "IPP ", f"*{who.file_number}")
    sheet.write((24, 158), 26, "EDTA 4 mL  ", f"*{who.seen}", " 08:15")
    x = 24
    while x < 600:
        width = rng.choice((3, 3, 5, 8))
        sheet.draw.rectangle((x, 220, x + width, 330), fill="black")
        x += width + rng.choice((3, 5, 8))
    return sheet


def chat(rng: Random, who: Person) -> Sheet:
    """A screenshot of a chat on a telephone."""
    sheet = Sheet((1080, 1600), "#ece5dd", "black", rng.choice((0, 3)))
    sheet.draw.rectangle((0, 0, 1080, 150), fill="#075e54")
    sheet.write((140, 50), 44, f"*Dr {who.family.title()}", ink="white")
    texts = (
        ("Bonsoir, un avis pour une patiente", ""),
        ("*" + f"Mme {who.family.title()}", ", 67 ans, HTA, dyspnée depuis 3 j"),
        ("née le ", f"*{who.born}", ", Hb 9.8, CRP 147"),
        ("Son fils : ", f"*{who.phone}"),
        ("TA 120/80, SpO2 94% en AA, FC 98", ""),
    )
    for number, pieces in enumerate(texts):
        top = 220 + 210 * number
        left = 40 if number % 2 else 160
        sheet.draw.rounded_rectangle(
            (left, top, left + 880, top + 150), 24, fill="white" if number % 2 else "#dcf8c6"
        )
        sheet.write((left + 30, top + 36), 36, *(piece for piece in pieces if piece))
        sheet.write((left + 760, top + 105), 24, f"2{number}:3{number}")
    return sheet


def monitor(rng: Random, who: Person) -> Sheet:
    """The screen of a monitor or a scanner: four corners of small words."""
    sheet = Sheet((1024, 1024), "black", "#e8e8e8", rng.choice((0, 2, 3)))
    noise = np.random.default_rng(rng.randrange(10**6)).normal(70, 25, (1024, 1024))
    across, down = np.meshgrid(np.arange(1024) - 512, np.arange(1024) - 540)
    body = (across / 330) ** 2 + (down / 250) ** 2 < 1
    sheet.image.paste(Image.fromarray(np.where(body, noise, 0).clip(0, 255).astype(np.uint8)), (0, 0))
    sheet.write((16, 12), 24, f"*{who.family} {who.given.upper()}")
    sheet.write((16, 44), 20, f"*{who.born}", "  F  67Y")
    sheet.write((16, 72), 20, "Patient ID ", f"*{who.file_number}")
    sheet.write((660, 12), 20, f"*{who.hospital}")
    sheet.write((660, 42), 20, f"*{who.seen}", "  09:12:44")
    sheet.write((16, 960), 20, "TE 85 TR 4500 SL 4.0 mm")
    sheet.write((700, 960), 20, "W 400 L 40  Z 1.0")
    return sheet


KINDS: tuple[Callable[[Random, Person], Sheet], ...] = (ecg, ultrasound, laboratory, label, chat, monitor)


def photographed(
    sheet: Sheet, rng: Random, angle: float, blur: float
) -> tuple[Image.Image, list[tuple[str, Box]]]:
    """Take the sheet as a hand-held telephone would: turned a little, lit from one side, noisy, not quite sharp."""
    image = sheet.image
    margin = 60
    width, height = image.width + 2 * margin, image.height + 2 * margin
    table = Image.new("RGB", (width, height), (96, 84, 72))
    table.paste(image, (margin, margin))
    turned = table.rotate(angle, Image.Resampling.BICUBIC, fillcolor=(96, 84, 72))
    turned = turned.filter(ImageFilter.GaussianBlur(blur))
    levels = np.asarray(turned).astype(np.float32)
    light = np.linspace(0.72, 1.0, width)[None, :, None] * np.linspace(1.0, 0.85, height)[:, None, None]
    noise = np.random.default_rng(rng.randrange(10**6)).normal(0, 5, levels.shape)
    photo = Image.fromarray((levels * light + noise).clip(0, 255).astype(np.uint8))
    return photo, [(words, _turned(box, angle, margin, (width, height))) for words, box in sheet.planted]


def _turned(box: Box, angle: float, margin: int, size: tuple[int, int]) -> Box:
    radians = np.deg2rad(angle)
    middle = np.array([size[0] / 2, size[1] / 2])
    corners = (
        np.array([(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]) + margin - middle
    )
    turn = np.array([[np.cos(radians), np.sin(radians)], [-np.sin(radians), np.cos(radians)]])
    moved = corners @ turn.T + middle
    left, top = moved.min(axis=0).astype(int)
    right, bottom = np.ceil(moved.max(axis=0)).astype(int)
    return Box(int(left), int(top), int(right - left), int(bottom - top))


def one_of_each(seed: int) -> list[Print]:
    """A print of each kind, every other one as photographed by hand."""
    made = prints(2 * len(KINDS), seed)
    return [made[at + at % 2 * len(KINDS)] for at in range(len(KINDS))]


def prints(count: int, seed: int = 1) -> list[Print]:
    """So many prints of all kinds in turn, flat in the first round and as photographed by hand in the second."""
    made = []
    for number in range(count):
        rng = Random(f"{seed}-{number}")  # noqa: S311 - the same prints every time
        kind = KINDS[number % len(KINDS)]
        sheet = kind(rng, person(rng))
        if number // len(KINDS) % 2:
            image, planted = photographed(sheet, rng, rng.uniform(-4, 4), rng.uniform(0.4, 1.0))
            made.append(Print(f"{number} {kind.__name__} photographed", image, planted))
        else:
            made.append(Print(f"{number} {kind.__name__}", sheet.image, sheet.planted))
    return made
