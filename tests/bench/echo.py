"""A bare nio bot that answers every ping with an echo: the least that a round trip through an encrypted room costs.

Run as a program of its own, like the bot: `python -m tests.bench.echo URL USER DEVICE DIRECTORY`, with the access token
in the environment. Nothing of doctocbot is in it.
"""

import asyncio
import os
import sys

from nio import (  # type: ignore[import-untyped]
    AsyncClient,
    AsyncClientConfig,
    MatrixRoom,
    RoomMessageText,
)

TOKEN = "ECHO_TOKEN"
PING, ECHO = "ping ", "echo "


async def serve(url: str, user_id: str, device_id: str, directory: str) -> None:
    """Echo until killed."""
    client = AsyncClient(url, user_id, device_id, directory, AsyncClientConfig(encryption_enabled=True))
    client.restore_login(user_id, device_id, os.environ[TOKEN])

    async def echo(room: MatrixRoom, event: RoomMessageText) -> None:
        if event.sender == user_id or not event.body.startswith(PING):
            return
        content = {"msgtype": "m.text", "body": ECHO + event.body.removeprefix(PING)}
        await client.room_send(room.room_id, "m.room.message", content, ignore_unverified_devices=True)

    client.add_event_callback(echo, RoomMessageText)
    await client.sync_forever(timeout=30_000, full_state=True)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
