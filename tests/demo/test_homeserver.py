"""The embedded homeserver: private, repeatable, and never left behind."""

import asyncio
import signal
import socket
import stat
import sys
from pathlib import Path

import aiohttp
import pytest

from doctocbot.demo.homeserver import Homeserver, HomeserverError
from tests.conftest import NewUser

pytestmark = pytest.mark.homeserver

_LAUNCH_AND_WAIT = """
import asyncio, sys
from pathlib import Path
from doctocbot.demo.homeserver import Homeserver

async def main():
    homeserver = Homeserver(Path(sys.argv[1]))
    await homeserver.launch()
    print(homeserver.url, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def _log_in(homeserver: Homeserver, user_id: str, password: str) -> dict[str, str]:
    request = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user_id},
        "password": password,
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{homeserver.url}/_matrix/client/v3/login", json=request) as response,
    ):
        assert response.status == 200
        answer: dict[str, str] = await response.json()
        return answer


async def _falls_silent(port: int) -> bool:
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return True
        writer.close()
        await asyncio.sleep(0.05)
    return False


async def test_registered_person_can_log_in(homeserver: Homeserver, new_user: NewUser) -> None:
    """Who was registered logs in with that password and gets the server's name in their id."""
    user_id, password = await new_user("doctor")

    answer = await _log_in(homeserver, user_id, password)

    assert answer["user_id"] == user_id
    assert user_id.endswith(":doctoc.test")


async def test_taken_name_is_refused_with_the_servers_reason(
    homeserver: Homeserver, new_user: NewUser
) -> None:
    """Registering a name twice says why it cannot be."""
    user_id, _ = await new_user("nurse")

    with pytest.raises(HomeserverError, match="M_USER_IN_USE"):
        await homeserver.register(user_id[1:].split(":")[0], "another")


async def test_accounts_outlive_a_power_cut(tmp_path: Path) -> None:
    """After a kill and a restart the server answers at the same address and knows the same people."""
    async with Homeserver.start(tmp_path / "hs", server_name="hopital.test") as homeserver:
        address = homeserver.url
        user_id = await homeserver.register("medecin", "secret", "Dr Petit")

        await homeserver.kill()
        await homeserver.restart()

        assert homeserver.url == address
        assert (await _log_in(homeserver, user_id, "secret"))["user_id"] == "@medecin:hopital.test"


async def test_what_it_keeps_is_its_owners_alone(homeserver: Homeserver) -> None:
    """The directory is closed to others, and so are its key and configuration."""
    assert stat.S_IMODE(homeserver.directory.stat().st_mode) == 0o700
    for name in ("signing.key", "homeserver.yaml"):
        assert stat.S_IMODE((homeserver.directory / name).stat().st_mode) == 0o600


async def test_failed_start_shows_synapses_own_words(tmp_path: Path) -> None:
    """A port that is taken gives an error that ends with what Synapse said of it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(HomeserverError, match="Address already in use"):
            async with Homeserver.start(tmp_path / "hs", port=port):
                pass


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the tether is the Linux kernel's")
async def test_server_dies_with_its_parent(tmp_path: Path) -> None:
    """When the demo is killed outright, no Synapse stays behind."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LAUNCH_AND_WAIT, str(tmp_path / "hs"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert parent.stdout is not None
        port = int((await parent.stdout.readline()).rsplit(b":")[-1])
    finally:
        parent.send_signal(signal.SIGKILL)
        await parent.wait()

    assert await _falls_silent(port)
