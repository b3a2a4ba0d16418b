"""The scene as text on a terminal: who said what, the bot's card each time it changed, what each photo carried.

Readable at 80 columns, and without colours where there is no terminal. All words are French, as the scene is.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from doctocbot.chat.poll import POLL_START
from doctocbot.chat.wording import wording
from doctocbot.demo.carried import NOTHING
from doctocbot.demo.cast import BOT, Role
from doctocbot.demo.formatted import Hanging, Words, barred, drawn
from doctocbot.demo.french import NO_BREAK, french
from doctocbot.demo.welcome import Line
from doctocbot.images import Removed

MOST_COLUMNS = 100
_NAME_COLUMNS = 17
_TEXT = "org.matrix.msc1767.text"


class Place(Enum):
    """Where in the room something is said; the value is the mark at the left of it."""

    TIMELINE = ""
    THREAD = "┊ "


class Transcript:
    """Writes down what happens as it happens; a console that records can be saved as a picture afterwards."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cards_shown = 0

    # -- around the scene

    def title(self) -> None:
        """The first lines."""
        self._heading("doctocbot, la démonstration")
        self._print(Text("  Le serveur Matrix démarre, une dizaine de secondes…", style="dim"))

    def progress(self, what: str) -> None:
        """Something that stands now."""
        label, _, rest = what.partition(" : ")
        words = Words.assemble((label, "bold"), french(f" : {rest}"))
        self._print(Hanging(words, Text("✓ ", style="green")))

    def legend(self) -> None:
        """How to read what follows."""
        mark = Place.THREAD.value.strip()
        self._print(
            Words(f"  {mark} marque ce qui se dit dans un fil : celui du cas ou du sondage.", style="dim")
        )

    def step(self, number: int, of: int, name: str) -> None:
        """The heading of a step."""
        self._print("")
        heading = Text.assemble((f"{number}/{of} ", "dim"), (french(name), "bold"))
        self._print(Rule(heading, style="blue", align="left"))

    def remark(self, text: str) -> None:
        """A stage direction."""
        self._row(Text(), Words(french(text), style="dim italic"))

    def seen(self, who: Iterable[Role], seconds: float) -> None:
        """Who has seen the step on their own device."""
        names = ", ".join(role.first_name for role in who)
        elapsed = f"{seconds:.1f}".replace(".", ",")
        self._row(Text(), Words(f"✓ vu par {names} · {elapsed}{NO_BREAK}s", style="green"))

    def complete(self, steps: int) -> None:
        """The last line of the scene."""
        self._print("")
        done = f"✓ {steps} étapes sur {steps}, vues par tous ceux qu’elles concernent."
        self._print(Text(done, style="bold green"))

    def fault(self, what: str, why: str, logs: Path | None) -> None:
        """What was not seen or does not go on, and where more is written about it."""
        kept = f"\n\nLes journaux sont restés ici :\n{logs}" if logs else ""
        self._print("")
        self._print(
            Panel(
                Text(french(why + kept)),
                title=Text(french(f"✗ {what}")),
                title_align="left",
                border_style="red",
            )
        )

    def invitation(self, lines: Iterable[Line]) -> None:
        """How to come in."""
        self._print("")
        self._heading("la démonstration reste ouverte, Ctrl-C l’arrête")
        for line in lines:
            self._print(Hanging(Words(french(line.text), style=line.style), Text(line.before)))

    def stopped(self) -> None:
        """The very last line, after a signal to stop."""
        self._print(Text("Démonstration arrêtée.", style="bold"))

    # -- what people do

    def says(self, role: Role, text: str, place: Place = Place.TIMELINE, *, reply: str = "") -> None:
        """Somebody's words as they wrote them; `reply` says what they answer to."""
        shown = Group(Words(f"↩ {reply}", style="dim"), Words(text)) if reply else Words(text)
        self._row(_name(role), shown, place)

    def does(self, role: Role, what: str, place: Place = Place.TIMELINE) -> None:
        """Something somebody does without words: a reaction, a vote, a photo."""
        self._row(_name(role), Words(french(what), style="italic"), place)

    # -- what the bot says

    def card(self, content: Mapping[str, Any]) -> None:
        """The card as it stands; the words of the case are cut to a line once they were shown."""
        first = self._cards_shown == 0
        self._cards_shown += 1
        self._panel("la fiche" if first else "la fiche, mise à jour", *drawn(_html(content), brief=not first))

    def bot(self, content: Mapping[str, Any], place: Place = Place.TIMELINE) -> None:
        """Another message of the bot."""
        self._row(_name(BOT), Group(*drawn(_html(content))), place)

    def picture(self, content: Mapping[str, Any], place: Place = Place.TIMELINE) -> None:
        """A clean picture that the bot posted, with its caption."""
        file_name, body = str(content["filename"]), str(content["body"])
        shown = f"📷 {file_name}" if body == file_name else f"📷 {file_name}\n{body}"
        self._row(_name(BOT), Words(shown), place)

    def poll(self, content: Mapping[str, Any]) -> None:
        """The poll that the bot opened."""
        start = content[POLL_START]
        answers = (Words(f"○ {answer[_TEXT]}") for answer in start["answers"])
        self._panel("sondage", Words(start["question"][_TEXT]), Text(), *answers)

    # -- what the photos carried

    def carried(
        self, before: Mapping[str, str], after: Mapping[str, str], removed: Iterable[Removed]
    ) -> None:
        """A table of what the file carried and of what is left of it in the copy that colleagues have."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column("dans le fichier", style="dim", header_style="dim", no_wrap=True)
        table.add_column("l’originale", style="red", overflow="fold")
        table.add_column("la copie", style="green", overflow="fold")
        for kind in dict.fromkeys(chain(before, after)):
            table.add_row(Text(kind), Text(before.get(kind, "")), Text(after.get(kind, NOTHING)))
        self._print(Padding(table, (0, 0, 0, 4), expand=False))
        words = wording("fr")
        kinds = ", ".join(words.say(f"image.removed.{kind}") for kind in sorted(removed))
        self.remark(f"Retiré : {kinds}, nom du fichier. Pixels identiques.")

    # -- inside

    def _heading(self, text: str) -> None:
        self._print(Rule(Text(text, style="bold"), characters="━", style="blue"))

    def _panel(self, title: str, *blocks: RenderableType) -> None:
        panel = Panel(Group(*blocks), title=Text(title), title_align="left", border_style="blue")
        self._row(_name(BOT), panel)

    def _row(self, name: Text, what: RenderableType, place: Place = Place.TIMELINE) -> None:
        """One speaker's row: the name, and beside it what they say, with the thread's bar if it is said there."""
        name.pad_right(max(_NAME_COLUMNS - name.cell_len, 1))
        self._print(Hanging(barred(what, place.value) if place.value else what, name))

    def _print(self, what: RenderableType) -> None:
        # In a group: rich would join a bare text with others, and lose what `Words` does.
        self._console.print(Group(what))


def _name(role: Role) -> Text:
    return Text(role.name, style=f"bold {role.colour}")


def _html(content: Mapping[str, Any]) -> str:
    return str(content["formatted_body"])
