"""A clinician on Element's own crypto engine (matrix-js-sdk on Node), driven from a test."""

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, Literal

from tests.element.node import ENGINE_DIRECTORY, NODE, node_environment
from tests.element.seen import Content, SeenEvent, SeenRoom

Isolation = Literal["signed", "all"]

_ANSWERS_WITHIN = 60.0  # seconds; a first login computes keys and uploads them
_LEAVES_WITHIN = 3.0  # seconds
_POLL_EVERY = 0.1  # seconds
_LONGEST_ANSWER = 256 * 1024 * 1024  # bytes; a room's events or an image come on one line


class EngineError(RuntimeError):
    """Element's engine refused a command, or is gone."""


class ElementClinician:
    """One device of a clinician on Element's engine, in sync from the moment it is handed out.

    Every command raises EngineError with the engine's words when it is refused.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.user_id = ""
        self.device_id = ""

    @classmethod
    @asynccontextmanager
    async def log_in(
        cls,
        homeserver_url: str,
        user_id: str,
        password: str,
        *,
        isolation: Isolation = "signed",
        cross_sign: bool = True,
    ) -> AsyncIterator["ElementClinician"]:
        """A new device for the length of the block, signed by its owner unless `cross_sign` is false.

        `isolation` is how it treats unsigned devices: "signed" neither writes to them nor reads from them (Element's
        "exclude insecure devices"), "all" puts a shield on what they say. A device that is not signed itself can
        only speak in "all".
        """
        process = await asyncio.create_subprocess_exec(
            NODE,
            ENGINE_DIRECTORY / "clinician.mjs",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=node_environment(),
            limit=_LONGEST_ANSWER,
        )
        clinician = cls(process)
        reader = asyncio.create_task(clinician._read_answers())
        try:
            device = await clinician._ask(
                "login",
                url=homeserver_url,
                user=user_id,
                password=password,
                isolation=isolation,
                crossSign=cross_sign,
            )
            clinician.user_id, clinician.device_id = device["user"], device["device"]
            yield clinician
        finally:
            await clinician._end()
            await reader

    async def create_room(
        self,
        name: str | None,
        invite: tuple[str, ...] = (),
        *,
        direct: bool = False,
        power_levels: Content | None = None,
    ) -> str:
        """Make a closed encrypted room as Element does (guests can join) and return its id."""
        room_id: str = await self._ask(
            "createRoom", name=name, invite=invite, direct=direct, powerLevels=power_levels
        )
        return room_id

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite somebody."""
        await self._ask("invite", room=room_id, user=user_id)

    async def join(self, room_id: str) -> None:
        """Accept an invitation, or join what is open."""
        await self._ask("join", room=room_id)

    async def leave(self, room_id: str) -> None:
        """Leave a room or decline its invitation."""
        await self._ask("leave", room=room_id)

    async def rooms(self) -> list[SeenRoom]:
        """The rooms this device knows, invitations among them."""
        return [
            SeenRoom(room_id=room["room"], membership=room["membership"], encrypted=room["encrypted"])
            for room in await self._ask("rooms")
        ]

    async def send(self, room_id: str, event_type: str, content: Content) -> str:
        """Send any content as any type, encrypted where the room is; gives the event id."""
        event_id: str = await self._ask("sendEvent", room=room_id, type=event_type, content=content)
        return event_id

    async def send_text(self, room_id: str, text: str, relates: Content | None = None) -> str:
        """Say something; `relates` is the message's m.relates_to (see `in_thread`, `reply_to`). Gives the event id."""
        event_id: str = await self._ask("sendText", room=room_id, text=text, relates=relates)
        return event_id

    async def send_image(
        self,
        room_id: str,
        image: bytes,
        name: str,
        caption: str | None = None,
        *,
        mimetype: str = "image/jpeg",
        info: Content | None = None,
        relates: Content | None = None,
    ) -> str:
        """Encrypt, upload and send an image as Element does; `info` adds to mimetype and size. Gives the event id."""
        event_id: str = await self._ask(
            "sendImage",
            room=room_id,
            data=base64.b64encode(image).decode(),
            name=name,
            caption=caption,
            mimetype=mimetype,
            info=info or {},
            relates=relates,
        )
        return event_id

    async def edit(self, room_id: str, event_id: str, text: str) -> str:
        """Replace the words of an own message; gives the edit's event id."""
        edit_id: str = await self._ask("edit", room=room_id, event=event_id, text=text)
        return edit_id

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """Put a reaction under an event, in the clear as all reactions are; gives the reaction's event id."""
        reaction_id: str = await self._ask("react", room=room_id, event=event_id, key=key)
        return reaction_id

    async def vote_poll(self, room_id: str, poll_event_id: str, answer_id: str) -> str:
        """Vote in a native poll as Element does (MSC3381); gives the vote's event id."""
        vote_id: str = await self._ask("votePoll", room=room_id, poll=poll_event_id, answer=answer_id)
        return vote_id

    async def poll_model(self, room_id: str, poll_event_id: str) -> tuple[bool, bool]:
        """Whether the engine's own model of a poll hides the votes, and whether it has ended."""
        model = await self._ask("pollModel", room=room_id, poll=poll_event_id)
        return bool(model["undisclosed"]), bool(model["ended"])

    async def redact(self, room_id: str, event_id: str, reason: str | None = None) -> str:
        """Take an event back; gives the redaction's event id."""
        redaction_id: str = await self._ask("redact", room=room_id, event=event_id, reason=reason)
        return redaction_id

    async def request_verification(
        self, user_id: str, *, room_id: str | None = None, device_id: str | None = None
    ) -> str:
        """Ask somebody to be verified, in a room or by to-device messages to a device; gives the transaction's id."""
        name: str = await self._ask("requestVerification", user=user_id, room=room_id, device=device_id)
        return name

    async def compare_emojis(self) -> tuple[list[tuple[str, str]], list[int]]:
        """Wait until the other side is ready, choose emojis, and return those of this side with names, and numbers."""
        shown = await self._ask("compareEmojis")
        return [(emoji, name) for emoji, name in shown["emojis"]], list(shown["decimals"])

    async def say_emojis(self, *, same: bool) -> None:
        """Say whether the emojis are the same on the other side."""
        await self._ask("sayEmojis", same=same)

    async def verification_end(self) -> tuple[str, str | None]:
        """How it ended, once it has: "done", or a code and who called it off."""
        end = await self._ask("verificationEnd")
        return end["end"], end["by"]

    async def is_verified(self, user_id: str) -> bool:
        """Whether this person's engine holds somebody for verified."""
        return bool(await self._ask("isVerified", user=user_id))

    async def download(self, file: Content) -> bytes:
        """Fetch and open what an event's `content["file"]` points to; EngineError if its hash is another."""
        return base64.b64decode(await self._ask("downloadMedia", file=file))

    async def events(self, room_id: str) -> list[SeenEvent]:
        """All events of a room that this device was sent, oldest arrival first, as they stand now."""
        return [SeenEvent.from_engine(event) for event in await self._ask("events", room=room_id)]

    async def wait_for(
        self, room_id: str, predicate: Callable[[SeenEvent], bool], within: float = 20.0, what: str = "event"
    ) -> SeenEvent:
        """The first event that satisfies the predicate, once there is one; TimeoutError after `within` seconds."""
        deadline = monotonic() + within
        while True:
            seen = await self.events(room_id)
            for event in seen:
                if predicate(event):
                    return event
            if monotonic() > deadline:
                failures = sum(event.failure is not None for event in seen)
                raise TimeoutError(
                    f"no {what} within {within:.0f} s among {len(seen)} events ({failures} unreadable)"
                )
            await asyncio.sleep(_POLL_EVERY)

    async def _ask(self, command: str, **details: object) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        if self._process.stdout.at_eof():
            raise EngineError("the engine has ended")
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "command": command, **details})
        try:
            self._process.stdin.write(line.encode() + b"\n")
            await self._process.stdin.drain()
            return await asyncio.wait_for(answer, _ANSWERS_WITHIN)
        except (ConnectionError, TimeoutError) as fault:
            raise EngineError(f"the engine did not answer {command}") from fault
        finally:
            self._waiting.pop(number, None)

    async def _read_answers(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            answer = json.loads(line)
            waiting = self._waiting.get(answer["id"])
            if waiting is None or waiting.done():
                continue
            if "error" in answer:
                waiting.set_exception(EngineError(answer["error"]))
            else:
                waiting.set_result(answer["result"])
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(EngineError("the engine has ended"))

    async def _end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()  # the engine ends with its input
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _LEAVES_WITHIN)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


def in_thread(root_id: str, latest_id: str | None = None) -> dict[str, Any]:
    """The m.relates_to of a message in a thread, as Element sends it (with a reply for clients without threads)."""
    return {
        "rel_type": "m.thread",
        "event_id": root_id,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": latest_id or root_id},
    }


def reply_to(event_id: str) -> dict[str, Any]:
    """The m.relates_to of a plain reply outside any thread."""
    return {"m.in_reply_to": {"event_id": event_id}}
