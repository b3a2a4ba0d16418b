"""The homeserver's admin access, where the operator gives it: a file is deleted from the server for everybody.

Source: Synapse's admin API, "Media" (query and delete by id, local media only) and "Users".
"""

import re
from typing import Any
from urllib.parse import quote

from doctocbot.matrix.connection import Connection
from doctocbot.matrix.errors import NotFound
from doctocbot.matrix.events import server_of

_MXC = re.compile(r"mxc://([A-Za-z0-9.\-:\[\]]+)/([A-Za-z0-9_\-]+)")


class MediaAdmin:
    """Deletes files of members of this homeserver; whoever makes it closes it.

    Whatever it is asked to delete, an event said where it is, and anybody may write any address into an event: it
    deletes a file only for the one who has uploaded it.
    """

    def __init__(self, homeserver: str, token: str, bot: str) -> None:
        self._connection = Connection(homeserver, token)
        self._bot = bot

    async def check(self) -> None:
        """Raise a MatrixError unless the token is that of a server administrator."""
        await self._connection.request("GET", f"/_synapse/admin/v1/users/{quote(self._bot, safe='')}/admin")

    async def delete(self, address: str, uploader: str) -> bool:
        """Delete a file that this person has uploaded; returns whether it is gone from this server.

        False for what is another's, and for what lies on another server. Raises a MatrixError when the server refuses
        or cannot be asked.
        """
        found = _MXC.fullmatch(address)
        if found is None or found[1] != server_of(self._bot) or found[1] != server_of(uploader):
            return False
        target = f"/_synapse/admin/v1/media/{quote(found[1], safe='')}/{quote(found[2], safe='')}"
        try:
            known = await self._connection.request("GET", target)
            if _uploader(known) != uploader:
                return False
            await self._connection.request("DELETE", target)
        except NotFound:
            return True
        return True

    async def close(self) -> None:
        """Close the sockets."""
        await self._connection.close()


def _uploader(answer: dict[str, Any]) -> object:
    info = answer.get("media_info", answer)
    return info.get("user_id") if isinstance(info, dict) else None
