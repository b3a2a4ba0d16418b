"""What an operator types, and what they get, without a terminal."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from doctocbot import console
from doctocbot.chat.wording import wording
from doctocbot.cli import app
from doctocbot.demo.homeserver import Homeserver
from doctocbot.matrix.crosssigning import VAULT_NAME
from doctocbot.matrix.session import login_with_password
from doctocbot.matrix.trust import evaluate
from doctocbot.store import DatabaseVault
from tests.stories.ward import SECRET, BotAccount, Ward

NewUser = Callable[[str], Awaitable[tuple[str, str]]]
at_a_server = pytest.mark.homeserver


@pytest.fixture
async def ward(homeserver: Homeserver, new_user: NewUser, tmp_path: Path) -> AsyncIterator[Ward]:
    """People and bots on a real Synapse."""
    async with AsyncExitStack() as stack:
        yield Ward(homeserver, new_user, tmp_path, stack)


@pytest.fixture(autouse=True)
def logs_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands set up the logs of their process, which for those typed in here is that of the tests."""
    monkeypatch.setattr("doctocbot.cli.shared.set_up_logging", lambda **_: None)


async def _ended(bot: BotAccount, *words: str, **environment: str) -> tuple[int, str]:
    """Run a command as a process of its own: exit status and all it printed."""
    return await (await bot.process(*words, **environment)).ended()


async def _typed(bot: BotAccount, *words: str, **environment: str) -> tuple[int, str]:
    """Run a command in this process, which saves the two seconds of a start."""
    arguments: tuple[str | Path, ...] = (*words, "--config", bot.write_config())
    result = await asyncio.to_thread(_invoke, *arguments, **bot.environment(**environment))
    return result.exit_code, result.output


def _invoke(*words: str | Path, **environment: str | None) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={**environment, "LC_ALL": "C"})


def _line(key: str, **values: str) -> str:
    """A sentence of the catalogue, as a line that was printed."""
    return console.plain(wording("fr").say(key, **values)).plain + "\n"


# -- from the first login to the last day


@at_a_server
async def test_an_operators_first_day(ward: Ward) -> None:
    """Login, login again, run, a second run refused, doctor beside the running bot, and a clean stop."""
    bot = await ward.account()
    status, printed = await _ended(bot, "login")
    assert status == 0
    assert f"en tant que {bot.user_id}" in printed
    assert "Empreinte" in printed
    assert printed.count("Clé de récupération") == 1
    status, printed = await _ended(bot, "login", DOCTOCBOT_PASSWORD="")
    assert status == 0
    assert "Déjà connecté" in printed
    assert "récupération" not in printed
    running = await bot.process("run")
    await running.said("serving")
    lea = await ward.person("lea")
    room = await ward.room(lea, [], bot)
    busy = _line("cli.busy", path=str(bot.config.data_dir))
    assert await _ended(bot, "run") == (5, busy)
    status, printed = await _ended(bot, "doctor")
    assert status == 0
    marks = [line.split()[0] for line in printed.splitlines()]
    assert marks == [*["bien"] * 7, "ATTENTION", "ATTENTION"]
    assert _line("doctor.room-redact", room=room) in printed
    for caution in ("guests", "everybody-invites"):
        assert (
            _line("doctor.room-caution", room=room, caution=_line(f"room.caution.{caution}").strip())
            in printed
        )
    assert await running.stop() == 0
    assert running.lines[-1] == _line("cli.stopped")


@at_a_server
async def test_a_run_before_any_login_says_so(ward: Ward) -> None:
    """Status 5, and the command that is missing."""
    assert await _typed(await ward.account(), "run") == (5, _line("cli.not-logged-in"))


# -- logging in


@at_a_server
async def test_a_login_with_a_token_from_a_file(ward: Ward, tmp_path: Path) -> None:
    """A ready-made session needs no password: its token is read from the file that the environment names."""
    bot = await ward.account()
    session = await login_with_password(ward.homeserver.url, bot.user_id, bot.password, "by the operator")
    file = tmp_path / "token"
    file.write_text(session.access_token + "\n")
    status, printed = await _typed(bot, "login", DOCTOCBOT_PASSWORD="", DOCTOCBOT_TOKEN_FILE=str(file))
    assert status == 0
    assert f"session {session.device_id}" in printed


@at_a_server
async def test_refused_logins_say_what_to_correct(ward: Ward) -> None:
    """Nothing to log in with, a wrong password, somebody else's credentials: one line each, and nothing is asked."""
    bot, (other, password) = await ward.account(), await ward.new_user("other")
    assert await _typed(bot, "login", DOCTOCBOT_PASSWORD="") == (2, _line("cli.no-credentials"))
    assert await _typed(bot, "login", DOCTOCBOT_PASSWORD="wrong") == (1, _line("cli.login-refused"))
    session = await login_with_password(ward.homeserver.url, other, password, "somebody else's")
    wrong_account = _line("cli.wrong-account", user=other)
    assert await _typed(bot, "login", DOCTOCBOT_TOKEN=session.access_token) == (2, wrong_account)


@at_a_server
async def test_an_identity_of_somebody_elses_making_is_never_replaced(ward: Ward) -> None:
    """The account was cross-signed in Element: login is refused with advice, and its identity stays as it was."""
    owner = await ward.person("owner")
    user_id, password = await ward.new_user("doctocbot")
    element = await ward.device(user_id, password)
    bot = await ward.account((user_id, password))
    # A process of its own: in a thread beside other devices nio's stores, bound to classes they share, would clash.
    login = await bot.process("login", LC_ALL="C")
    assert await login.ended() == (5, _line("cli.foreign-identity"))
    answer = await owner.client.keys.ask_for([user_id])
    assert element.cross_signing is not None
    assert evaluate(answer, user_id).master_key == element.cross_signing.master_key


@at_a_server
async def test_the_recovery_key_brings_the_bot_to_another_machine(ward: Ward) -> None:
    """With the key that the first login printed, a login elsewhere keeps the identity; without it or mistyped, not."""
    first = await ward.account()
    key = (await first.log_in()).recovery_key
    assert key is not None
    second = await ward.account((first.user_id, first.password))
    mistyped = await _typed(second, "login", DOCTOCBOT_RECOVERY_KEY=key[:-2] + "aa")
    assert mistyped == (2, _line("cli.bad-recovery-key"))
    status, printed = await _typed(second, "login", DOCTOCBOT_RECOVERY_KEY=key)
    assert (status, "Clé de récupération" in printed) == (0, False)
    lea = await ward.person("lea")
    trust = evaluate(await lea.client.keys.ask_for([first.user_id]), first.user_id)
    assert len(trust.signed_devices) == 2
    async with first.database() as old, second.database() as new:
        assert await DatabaseVault(old).get(VAULT_NAME) == await DatabaseVault(new).get(VAULT_NAME)


# -- the doctor


@at_a_server
async def test_the_doctor_names_each_room_that_is_not_as_it_should_be(ward: Ward) -> None:
    """A room that anybody can join, and one where the bot cannot redact: a line each, and status 1."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    async with bot.serving():
        powerless = await ward.room(lea, [], bot, level=0)
        public = await ward.room(lea, [], bot, join_rule="public")
    status, printed = await (await bot.process("doctor", LC_ALL="C")).ended()
    bad = [line for line in printed.splitlines() if line.startswith("MAUVAIS")]
    assert status == 1
    assert len(bad) == 2
    powers = _line("room.caution.cannot-redact").strip()
    assert _line("doctor.room-caution", room=powerless, caution=powers) in printed
    assert any(public in line and "N'importe qui peut y entrer" in line for line in bad)


@at_a_server
async def test_the_doctor_tries_the_admin_access(ward: Ward) -> None:
    """A token that is no administrator's is bad; without any, it says that originals stay."""
    bot = await ward.bot()
    _, printed = await _typed(bot, "doctor")
    assert _line("doctor.originals-stay") in printed
    session = await login_with_password(ward.homeserver.url, bot.user_id, bot.password, "by the operator")
    status, printed = await _typed(bot, "doctor", DOCTOCBOT_ADMIN_TOKEN=session.access_token)
    assert status == 1
    assert _line("doctor.admin-refused", code="M_FORBIDDEN") in printed
    admin = await ward.homeserver.register("doctors-admin", "a password", admin=True)
    session = await login_with_password(ward.homeserver.url, admin, "a password", "by the operator")
    _, printed = await _typed(bot, "doctor", DOCTOCBOT_ADMIN_TOKEN=session.access_token)
    assert _line("doctor.originals-deleted") in printed


@at_a_server
async def test_the_doctor_tells_a_dead_server_from_a_wrong_secret(ward: Ward) -> None:
    """Either ends the check-up with one clear line and status 1; a folder that others can read is one line of it."""
    bot = await ward.bot()
    status, printed = await _typed(bot, "doctor", DOCTOCBOT_SECRET="another secret, as long")
    assert (status, printed.endswith(_line("cli.wrong-secret"))) == (1, True)
    bot.config.data_dir.chmod(0o755)
    bot.values["homeserver"] = {"url": "http://127.0.0.1:9", "user_id": bot.user_id}
    status, printed = await _typed(bot, "doctor")
    *_, loose, dead = printed.splitlines(keepends=True)
    assert status == 1
    assert loose.endswith(_line("doctor.modes-loose", names="data"))
    assert dead.endswith(_line("cli.unreachable", code="ClientConnectorError"))


# -- the configuration


def test_all_faults_of_a_configuration_are_reported_at_once(tmp_path: Path) -> None:
    """Three faults in the file and one in the environment: a line each with the key's path, no values, status 2."""
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump({
        "homeserver": {"url": "matrix.example.org", "user_id": "@bot:example.org", "password": "hunter2"},
        "rooms": {"allowed_inviters": ["not an inviter"]},
    }))  # fmt: skip
    result = _invoke("check-config", "--config", file, DOCTOCBOT_SECRET="short")
    assert result.exit_code == 2
    keys = [line.split(":")[0] for line in result.stderr.splitlines()]
    assert keys == ["homeserver.url", "homeserver.password", "rooms.allowed_inviters", "DOCTOCBOT_SECRET"]
    assert "hunter2" not in result.output


def test_a_good_configuration_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `--config` it is `config.yaml` here; the example that comes with doctocbot is in order."""
    example = Path(__file__).parents[1] / "config.yaml.example"
    (tmp_path / "config.yaml").write_text(example.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert _invoke("check-config", DOCTOCBOT_SECRET=SECRET).exit_code == 0
    assert _invoke("check-config", "--config", "elsewhere.yaml", DOCTOCBOT_SECRET=SECRET).exit_code == 2


@pytest.mark.parametrize("command", ["check-config", "login", "run", "doctor"])
def test_every_command_takes_its_configuration_after_its_name(command: str, tmp_path: Path) -> None:
    """And says with status 2 what is wrong with it, before anything else happens."""
    result = _invoke(command, "--config", tmp_path / "none.yaml", DOCTOCBOT_SECRET=SECRET)
    assert result.exit_code == 2
    assert "none.yaml: " in result.stderr
