"""`make demo`: the bot at work on a homeserver of its own, as a transcript, and then open to visitors."""

import asyncio
import io
import re
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from doctocbot.demo import photos
from doctocbot.demo.bot import BotFault
from doctocbot.demo.cast import ANNE
from doctocbot.demo.homeserver import HomeserverError
from doctocbot.demo.page import ElementPage
from doctocbot.demo.scene import ROOM_NAME, Scene, StepFailed
from doctocbot.demo.stage import Stage, fresh_directory
from doctocbot.demo.transcript import MOST_COLUMNS, Transcript
from doctocbot.demo.welcome import welcome

EXIT_NOT_SEEN = 1

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WEB_FONTS = re.compile(r"@font-face\s*{[^}]*}\s*")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    exit_after: bool
    directory: Path
    svg: Path | None
    html: Path | None


@app.command()
def main(
    exit_after: Annotated[
        bool, typer.Option("--exit", help="End after the scene; status 0 only if every step was seen.")
    ] = False,
    directory: Annotated[
        Path, typer.Option(help="Where each run makes a directory of its own, removed at its end.")
    ] = Path(".demo"),
    save_svg: Annotated[Path | None, typer.Option(help="Save the transcript as a picture.")] = None,
    save_html: Annotated[Path | None, typer.Option(help="Save the case as Element would show it.")] = None,
) -> None:
    """Play the scene on an embedded homeserver with the real bot, then stay up for visitors until Ctrl-C."""
    options = Options(exit_after, directory, save_svg, save_html)
    raise typer.Exit(asyncio.run(_until_stopped(options)))


async def _until_stopped(options: Options) -> int:
    """Run the demo as a task of its own, which the first signal to stop cancels; returns the exit status."""
    performance = Performance(options, _console(record=options.svg is not None))
    task = asyncio.create_task(performance.run(), name="demo")
    loop = asyncio.get_running_loop()
    for number in _STOPPING:
        loop.add_signal_handler(number, _cancel_once, task)
    try:
        return await task
    except asyncio.CancelledError:
        performance.transcript.stopped()
        return 0 if performance.complete or not options.exit_after else EXIT_NOT_SEEN


class Performance:
    """One run of the demo, from an empty directory to the end."""

    def __init__(self, options: Options, console: Console) -> None:
        self._options = options
        self._console = console
        self.transcript = Transcript(console)
        self.complete = False

    async def run(self) -> int:
        """Play, and stay up unless told otherwise; says what went wrong and returns the exit status."""
        self.transcript.title()
        drawing = asyncio.create_task(asyncio.to_thread(photos.draw_all), name="photos")
        directory = None
        try:
            with fresh_directory(self._options.directory) as directory:
                await self._play(directory, drawing)
        except StepFailed as failure:
            self.transcript.fault(f"pas vu de tous : {failure.step}", str(failure), directory)
        except (BotFault, HomeserverError) as failure:
            self.transcript.fault("la démonstration ne peut pas continuer", str(failure), directory)
        finally:
            await drawing
        return 0 if self.complete and self._options.exit_after else EXIT_NOT_SEEN

    async def _play(self, directory: Path, drawing: "asyncio.Task[None]") -> None:
        async with Stage.set(directory, self.transcript.progress) as stage:
            await drawing
            self.transcript.legend()
            scene = Scene(stage, self.transcript)
            await scene.play()
            self.complete = True
            self.transcript.complete(len(scene.steps))
            await self._save(scene, stage)
            if not self._options.exit_after:
                await self._stay(stage)

    async def _save(self, scene: Scene, stage: Stage) -> None:
        """Write the pictures that were asked for."""
        if self._options.svg:
            drawn = _WEB_FONTS.sub("", self._console.export_svg(title="make demo"))
            self._options.svg.write_text(drawn, encoding="utf-8")
        if self._options.html:
            page = ElementPage(stage.cast, ANNE, stage.bot.user_id, scene.audience.room, ROOM_NAME)
            self._options.html.write_text(await page.draw(scene.case.card), encoding="utf-8")

    async def _stay(self, stage: Stage) -> None:
        """Print how to come in, and wait; ends only by a signal, or with BotFault when the bot ends by itself."""
        keys = await stage.cast.recovery_keys()
        self.transcript.invitation(welcome(stage, ROOM_NAME, keys))
        # Not awaited itself: being cancelled here must not cancel what ends the bot.
        await asyncio.wait([stage.bot.ended])
        raise stage.bot.fault()


def _console(*, record: bool) -> Console:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal of another age shows "?" instead of failing
    console = Console(highlight=False, record=record)
    console.width = min(console.width, MOST_COLUMNS)
    return console


def _cancel_once(task: "asyncio.Task[int]") -> None:
    """Cancel, but do not disturb the clearing away by a second Ctrl-C."""
    if not task.cancelling():
        task.cancel()


if __name__ == "__main__":
    app()
