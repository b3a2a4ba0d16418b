"""The scene as text on a terminal: who said what, the bot's card each time it changed, what each photo carried.

Readable at 80 columns, and without colours where there is no terminal. All words are French, as the scene is.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from itertools import chain
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from doctocbot.chat.wording import wording
from doctocbot.demo.carried import FILE_NAME, NOTHING, PICTURE
from doctocbot.demo.cast import BOT, Role
from doctocbot.demo.formatted import Barred, drawn
from doctocbot.images import Removed

MOST_COLUMNS = 100
_NAME_COLUMNS = 16
_POLL = "org.matrix.msc3381.poll.start"
_TEXT = "org.matrix.msc1767.text"


class Place(Enum):
    """Where in the room something is said."""

    TIMELINE = ""
    THREAD = "┊ "


class Transcript:
    """Writes down what happens as it happens; a console that records can be saved as a picture afterwards."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cards_shown = 0

    # -- around the scene

    def title(self, text: str, subtitle: str) -> None:
        """The first lines."""
        self._print(Rule(Text(f" {text} ", style="bold"), characters="━", style="blue"))
        self._print(Text(subtitle, style="dim", justify="center"))

    def step(self, number: int, of: int, name: str) -> None:
        """The heading of a step."""
        self._print("")
        heading = Text.assemble((f" {number}/{of} ", "dim"), (f"{name} ", "bold"))
        self._print(Rule(heading, style="blue", align="left"))

    def remark(self, text: str) -> None:
        """A stage direction."""
        self._row(Text(), Text(text, style="dim italic"))

    def seen(self, who: Iterable[Role], seconds: float) -> None:
        """Who has seen the step on their own device."""
        names = ", ".join(role.first_name for role in who)
        elapsed = f"{seconds:.1f}".replace(".", ",")
        self._row(Text(), Text(f"✓ vu par {names} · {elapsed} s", style="green"))

    def line(self, text: str, style: str = "") -> None:
        """A line of its own, left as it is."""
        self._print(Text(text, style=style))

    def fault(self, what: str, why: str) -> None:
        """What was not seen."""
        self._print("")
        self._print(Panel(Text(why), title=Text(f"✗ {what}"), title_align="left", border_style="red"))

    # -- what people do

    def says(self, role: Role, text: str, place: Place = Place.TIMELINE, *, reply: str = "") -> None:
        """Somebody's words; `reply` says what they answer to."""
        heard = Text(text)
        shown = Group(Text(f"↩ {reply}", style="dim"), heard) if reply else heard
        self._row(_name(role), shown, place)

    def does(self, role: Role, what: str, place: Place = Place.TIMELINE) -> None:
        """Something somebody does without words: a reaction, a vote, a photo."""
        self._row(_name(role), Text(what, style="italic"), place)

    # -- what the bot says

    def card(self, content: Mapping[str, Any]) -> None:
        """The card as it stands; the words of the case are cut to a line once they were shown."""
        blocks = list(drawn(content["formatted_body"], brief=self._cards_shown > 0))
        title = "la fiche" if not self._cards_shown else "la fiche, mise à jour"
        self._cards_shown += 1
        panel = Panel(Group(*blocks), title=Text(title), title_align="left", border_style="blue")
        self._row(_name(BOT), panel)

    def bot(self, content: Mapping[str, Any], place: Place = Place.TIMELINE) -> None:
        """Another message of the bot."""
        self._row(_name(BOT), Group(*drawn(content["formatted_body"])), place)

    def picture(self, file_name: str, size: tuple[int, int], place: Place = Place.TIMELINE) -> None:
        """A clean picture that the bot posted."""
        width, height = size
        self._row(_name(BOT), Text(f"📷 {file_name} ({width} × {height})"), place)

    def poll(self, content: Mapping[str, Any]) -> None:
        """The poll that the bot opened."""
        start = content[_POLL]
        answers = (Text(f"○ {answer[_TEXT]}") for answer in start["answers"])
        blocks = (Text(start["question"][_TEXT], style="bold"), Text(), *answers)
        panel = Panel(Group(*blocks), title=Text("sondage"), title_align="left", border_style="blue")
        self._row(_name(BOT), panel)

    # -- what the photos carried

    def carried(self, before: Mapping[str, str], after: Mapping[str, str], removed: Iterable[Removed]) -> None:
        """A table of what the file carried and of what is left of it in the copy that colleagues have."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
        table.add_column("", style="dim")
        table.add_column("ce que portait l’originale", style="red", overflow="fold")
        table.add_column("ce qu’il en reste", style="green", overflow="fold")
        for kind in dict.fromkeys(chain(before, after)):
            left = after.get(kind, NOTHING)
            untouched = kind == PICTURE and left == before.get(kind)
            table.add_row(Text(kind), Text(before.get(kind, "")), Text(f"{left}, pixel pour pixel" if untouched else left))
        self._row(Text(), table)
        words = wording("fr")
        kinds = ", ".join(words.say(f"image.removed.{kind}") for kind in sorted(removed))
        self.remark(f"Retiré : {kinds} ; et le nom du fichier.")

    # -- inside

    def _row(self, name: Text, what: RenderableType, place: Place = Place.TIMELINE) -> None:
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(width=_NAME_COLUMNS, no_wrap=True)
        row.add_column(ratio=1, overflow="fold")
        row.add_row(name, Barred(what, place.value) if place.value else what)
        self._print(row)

    def _print(self, what: RenderableType) -> None:
        width = min(self._console.width, MOST_COLUMNS)
        self._console.print(what, width=width, highlight=False, markup=False)


def _name(role: Role) -> Text:
    return Text(role.name, style=f"bold {role.colour}")
