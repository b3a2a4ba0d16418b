"""Draws the dashboard's panels from the numbers of a real bot under load: `python tests/bench/panels.py FILE.png`."""

import asyncio
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from PIL import Image, ImageDraw, ImageFont
from prometheus_client.parser import text_string_to_metric_families

from doctocbot.demo.homeserver import Homeserver
from tests.chaos.crew import Crew
from tests.stories.ward import Ward

_SECONDS, _EVERY = 100.0, 2.0
_PORT = 18_099
_PANEL, _GAP, _COLUMNS = (400, 190), 16, 3
_COLOURS = ("#3274d9", "#e0752d", "#37872d", "#a352cc", "#c4162a", "#b1a800")
_TITLES = {
    "Ready": ("doctocbot_ready",),
    "Seconds since the last sync": ("doctocbot_seconds_since_sync",),
    "Events by kind": ("doctocbot_events_total",),
    "Decrypted, sent": ("doctocbot_decrypted_total", "doctocbot_sent_total"),
    "Inbox and outbox": ("doctocbot_inbox_depth", "doctocbot_outbox_depth"),
    "Pictures": ("doctocbot_scrubs_total",),
    "Cases by state": ("doctocbot_cases",),
    "One-time keys left": ("doctocbot_one_time_keys",),
    "Files (bytes)": ("doctocbot_file_bytes",),
}

Series = dict[str, dict[str, list[float]]]


async def scraped(folder: Path) -> Series:
    """What /metrics says while people work: by metric and label, one number for each scrape."""
    series: Series = {}
    async with AsyncExitStack() as stack:
        homeserver = await stack.enter_async_context(Homeserver.start(folder / "homeserver"))
        numbers = iter(range(1, 100))

        async def new_user(word: str) -> tuple[str, str]:
            return await homeserver.register(f"{word}-{next(numbers)}", "a password"), "a password"

        ward = Ward(homeserver, new_user, folder, stack)
        bot = await ward.bot(health={"listen": f"127.0.0.1:{_PORT}"})
        people = [await ward.person(word) for word in ("lea", "omar", "nora")]
        await ward.serve(bot)
        room = await ward.room(people[0], people[1:], bot)
        crew = Crew(people, room, bot.user_id, random.Random(1))  # noqa: S311
        working = asyncio.create_task(crew.work(0.4))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        ends = time.monotonic() + _SECONDS
        while time.monotonic() < ends:
            async with http.get(f"http://127.0.0.1:{_PORT}/metrics") as answer:
                _take(series, await answer.text())
            await asyncio.sleep(_EVERY)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    return series


def _take(series: Series, text: str) -> None:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            label = ", ".join(sample.labels.values()) or sample.name.removeprefix("doctocbot_")
            series.setdefault(sample.name, {}).setdefault(label, []).append(sample.value)


def draw(series: Series) -> Image.Image:
    """All panels, three beside each other."""
    rows = -(-len(_TITLES) // _COLUMNS)
    width, height = (_PANEL[0] + _GAP) * _COLUMNS + _GAP, (_PANEL[1] + _GAP) * rows + _GAP
    image = Image.new("RGB", (width, height), "#f4f5f5")
    for number, (title, names) in enumerate(_TITLES.items()):
        x = _GAP + (number % _COLUMNS) * (_PANEL[0] + _GAP)
        y = _GAP + (number // _COLUMNS) * (_PANEL[1] + _GAP)
        lines = {
            label: values for name in names for label, values in series.get(name, {}).items() if any(values)
        }
        image.paste(_panel(title, lines), (x, y))
    return image


def _panel(title: str, lines: dict[str, list[float]]) -> Image.Image:
    panel = Image.new("RGB", _PANEL, "white")
    pen = ImageDraw.Draw(panel)
    small, large = ImageFont.load_default(11), ImageFont.load_default(14)
    pen.text((10, 6), title, fill="#333", font=large)
    highest = max((max(values) for values in lines.values()), default=1.0) or 1.0
    left, top, right, bottom = 52, 32, _PANEL[0] - 10, _PANEL[1] - 34
    for part in range(3):
        y = bottom - (bottom - top) * part / 2
        pen.line((left, y, right, y), fill="#e5e5e5")
        pen.text(
            (6, y - 6),
            f"{highest * part / 2:,.0f}" if highest >= 4 else f"{highest * part / 2:.1f}",
            fill="#777",
            font=small,
        )
    at = left
    for colour, (label, values) in zip(_COLOURS, lines.items(), strict=False):
        step = (right - left) / max(len(values) - 1, 1)
        points = [
            (left + i * step, bottom - (bottom - top) * value / highest) for i, value in enumerate(values)
        ]
        if len(points) > 1:
            pen.line(points, fill=colour, width=2)
        pen.rectangle((at, bottom + 14, at + 8, bottom + 22), fill=colour)
        pen.text((at + 12, bottom + 11), label, fill="#555", font=small)
        at += 22 + int(pen.textlength(label, font=small))
    return panel


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="panels-") as place:
        draw(asyncio.run(scraped(Path(place)))).save(sys.argv[1], optimize=True)
