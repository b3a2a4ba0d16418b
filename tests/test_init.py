"""`doctocbot init`, as it is typed: questions, options, bad answers, and a bot that `doctor` finds well."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import yaml
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from doctocbot.chat.wording import Wording, wording
from doctocbot.demo.homeserver import Homeserver

pytestmark = pytest.mark.slow

NewUser = Callable[[str], Awaitable[tuple[str, str]]]
at_a_server = pytest.mark.homeserver

_ACCOUNT = "@doctocbot:clinic.example"
_SILENT = "http://127.0.0.1:9"


async def _init(folder: Path, *words: str, typed: str = "", **environment: str) -> tuple[int, str, str]:
    """Run it in a folder: status, what was printed, and what was complained about."""
    return await _doctocbot(folder, "init", *words, typed=typed, **environment)


async def _doctocbot(folder: Path, *words: str, typed: str = "", **environment: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "doctocbot", *words, cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONPATH": ":".join(filter(None, sys.path)), **environment},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        said, complained = await process.communicate(typed.encode())
    assert process.returncode is not None
    return process.returncode, said.decode(), complained.decode()


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _options(**answers: str) -> list[str]:
    return [
        "--yes",
        *(word for name, value in answers.items() for word in (f"--{name.replace('_', '-')}", value)),
    ]


GOOD = {"homeserver": _SILENT, "account": _ACCOUNT, "inviters": "clinic.example", "language": "en"}


# -- without questions


@at_a_server
async def test_from_an_empty_folder_to_a_bot_that_is_well(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path
) -> None:
    """Options and a password: configuration, key, login, and doctor's lines, none of them bad."""
    user_id, password = await new_user("doctocbot")
    options = _options(
        homeserver=homeserver.url, account=user_id, inviters=homeserver.server_name, language="fr"
    )
    status, said, complained = await _init(tmp_path, *options, DOCTOCBOT_PASSWORD=password)
    assert status == 0, said + complained
    words = wording("fr")
    for expected in ("Configuration écrite", "Empreinte", "Clé de récupération", words.say("cli.health.ok")):
        assert expected in said
    assert words.say("cli.health.bad") not in said
    assert "doctocbot run" in said.splitlines()[-1]
    assert password not in said + complained
    assert password not in (tmp_path / "config.yaml").read_text(encoding="utf-8")

    # What it said to type works, word for word; and a second time nothing is touched.
    files = {name: (tmp_path / name).read_bytes() for name in ("config.yaml", "secrets/key")}
    status, said, _ = await _doctocbot(
        tmp_path, "doctor", DOCTOCBOT_SECRET_FILE=str(tmp_path / "secrets" / "key")
    )
    assert status == 0, said
    status, _, complained = await _init(tmp_path, *options, DOCTOCBOT_PASSWORD=password)
    assert status == 2
    assert "config.yaml is there already" in complained
    assert {name: (tmp_path / name).read_bytes() for name in files} == files


@at_a_server
async def test_a_wrong_password_leaves_what_was_written(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path
) -> None:
    """One clear line, status 1, and what to type when it is mended."""
    user_id, _ = await new_user("doctocbot")
    options = _options(homeserver=homeserver.url, account=user_id, inviters="x.example", language="en")
    status, _, complained = await _init(tmp_path, *options, DOCTOCBOT_PASSWORD="not the password")
    words = wording("en")
    assert status == 1
    assert words.say("cli.login-refused") in complained
    assert "doctocbot login" in complained
    assert {"config.yaml", "secrets/key"} <= set(_files(tmp_path))


async def test_without_a_password_it_says_the_next_two_commands(tmp_path: Path) -> None:
    """And a homeserver that does not answer yet is said, and no reason to stop."""
    status, said, complained = await _init(tmp_path, *_options(**GOOD))
    assert status == 0
    assert f"no homeserver answers at {_SILENT}" in complained
    commands = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert [line.rsplit(" ", 1)[-1] for line in commands] == ["login", "doctor"]
    assert all(f"DOCTOCBOT_SECRET_FILE={tmp_path}/secrets/key" in line for line in commands)
    assert _files(tmp_path) == ["config.yaml", "secrets/key"]


@pytest.mark.parametrize(
    ("changed", "status", "complaints"),
    [
        ({"homeserver": "ftp://clinic.example"}, 2, ["--homeserver"]),
        ({"homeserver": "not a server"}, 2, ["--homeserver"]),
        ({"homeserver": "127.0.0.1:9"}, 1, ["https://127.0.0.1:9/.well-known/matrix/client"]),
        ({"account": "doctocbot"}, 2, ["--account"]),
        ({"inviters": " , "}, 2, ["--inviters"]),
        ({"language": "de"}, 2, ["--language"]),
        ({"account": "x", "inviters": "@y", "language": "de"}, 2, ["--account", "--inviters", "--language"]),
    ],
)
async def test_bad_answers_write_nothing(
    changed: Mapping[str, str], status: int, complaints: list[str], tmp_path: Path
) -> None:
    """All that is wrong at once, each under its option."""
    found, _, complained = await _init(tmp_path, *_options(**{**GOOD, **changed}))
    assert found == status
    lines = [line for line in complained.splitlines() if "no homeserver answers" not in line]
    assert len(lines) == len(complaints)
    assert all(any(complaint in line for line in lines) for complaint in complaints)
    assert _files(tmp_path) == []


async def test_a_missing_answer_and_a_broken_secret_write_nothing(tmp_path: Path) -> None:
    """What has no default has to be said; a secret's file that cannot be read is told before anything else."""
    status, _, complained = await _init(tmp_path, *_options(homeserver=_SILENT, account=_ACCOUNT))
    assert status == 2
    assert "--inviters" in complained
    status, _, complained = await _init(tmp_path, *_options(**GOOD), DOCTOCBOT_PASSWORD_FILE="/nowhere")
    assert status == 2
    assert "DOCTOCBOT_PASSWORD_FILE" in complained
    assert _files(tmp_path) == []


async def test_an_operators_own_key_is_used(tmp_path: Path) -> None:
    """Where the environment has one, none is made."""
    key = tmp_path / "mine"
    key.write_text("a key of sixteen letters\n")
    status, said, _ = await _init(tmp_path, *_options(**GOOD), DOCTOCBOT_SECRET_FILE=str(key))
    assert status == 0
    assert "Key:" not in said
    assert _files(tmp_path) == ["config.yaml", "mine"]


# -- with questions


async def test_it_asks_until_the_answer_will_do(tmp_path: Path) -> None:
    """Five questions with why, in the language of the first answer; a bad one is told why and asked again."""
    typed = ["de", "fr", _SILENT, "docteur", _ACCOUNT, "", "@lea", "@lea:clinic.example, lab.example", ""]
    status, said, complained = await _init(tmp_path, typed="\n".join([*typed, ""]))
    assert status == 0, complained
    words = wording("fr")
    for question in ("homeserver", "account", "inviters", "data-dir"):
        assert words.say(f"init.{question}.why") in said
    asked = [
        said.count(words.say(f"init.{question}.ask")) for question in ("account", "inviters", "data-dir")
    ]
    assert asked == [2, 3, 1]
    assert _complaints(complained, words) == [
        "--account: " + words.say("config.user-id"),
        "--inviters: " + words.say("config.empty"),
        "--inviters: " + words.say("config.inviters", entries="@lea"),
    ]
    written = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    assert written["rooms"]["allowed_inviters"] == ["@lea:clinic.example", "lab.example"]
    assert written["data_dir"] == "data"


def _complaints(complained: str, words: Wording) -> list[str]:
    """What was said about answers, but for the language and the silent server."""
    silent = words.say("init.silent", url=_SILENT)
    return [line for line in complained.splitlines() if line != silent and not line.startswith("--language")]


async def test_an_option_that_was_given_is_not_asked(tmp_path: Path) -> None:
    """Unless it will not do."""
    options = _options(**{**GOOD, "account": "wrong"})[1:]
    status, said, _ = await _init(tmp_path, *options, typed=f"{_ACCOUNT}\n\n")
    assert status == 0
    assert wording("en").say("init.inviters.ask") not in said
    assert said.count(wording("en").say("init.account.ask")) == 1


async def test_nobody_at_the_keyboard_ends_it(tmp_path: Path) -> None:
    """The end of the input is no answer; nothing is written."""
    status, _, complained = await _init(tmp_path, typed="fr\n")
    assert status == 2
    assert wording("fr").say("init.nobody-answers") in complained
    assert _files(tmp_path) == []


# -- from a server's name to its address


@dataclass
class WellKnown:
    """An HTTPS server on loopback under a name and a certificate of its own, that answers as it is told."""

    name: str
    certificate: Path
    answers: list[tuple[int, str]] = field(default_factory=list)
    is_homeserver: bool = False

    async def handle(self, request: web.Request) -> web.Response:
        if request.path == "/_matrix/client/versions" and self.is_homeserver:
            return web.json_response({"versions": ["v1.11"]})
        if request.path != "/.well-known/matrix/client" or not self.answers:
            return web.Response(status=404)
        status, body = self.answers.pop(0)
        return web.Response(status=status, text=body)


@pytest.fixture
async def well_known(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WellKnown]:
    """Real TLS: the certificate is checked as anybody's."""
    folder = tmp_path_factory.mktemp("tls")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(_certificate(folder))
    server = WellKnown("", folder / "localhost.pem")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    server.name = f"127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "doctocbot tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@at_a_server
async def test_a_name_is_looked_up_until_it_leads_to_a_homeserver(
    homeserver: Homeserver, well_known: WellKnown, tmp_path: Path
) -> None:
    """Each way in which a look-up fails is said plainly; the one that succeeds also proposes the account."""
    base = '{"m.homeserver": {"base_url": "%s"}}'
    well_known.answers = [
        (404, ""), (500, "oops"), (200, "<html>"), (200, "[]"), (200, '{"m.homeserver": {}}'),
        (200, base % "javascript:alert(1)"), (200, base % _SILENT), (200, base % f"{homeserver.url}/"),
    ]  # fmt: skip
    typed = ["en", *[well_known.name] * len(well_known.answers), "", "clinic.example", ""]
    status, said, complained = await _init(
        tmp_path, typed="\n".join([*typed, ""]), SSL_CERT_FILE=str(well_known.certificate)
    )
    assert status == 0, complained
    words = wording("en")
    address = f"https://{well_known.name}/.well-known/matrix/client"
    odd = words.say("init.look-up-odd", address=address)
    assert complained.splitlines() == [
        words.say("init.look-up-status", address=address, status="404"),
        words.say("init.look-up-status", address=address, status="500"),
        odd, odd, odd, odd,
        words.say("init.no-homeserver-there", url=_SILENT),
    ]  # fmt: skip
    assert words.say("init.found", name=well_known.name, url=homeserver.url) in said
    written = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    assert written["homeserver"]["url"] == homeserver.url
    assert written["homeserver"]["user_id"] == f"@doctocbot:{well_known.name}"


async def test_a_server_without_a_well_known_answers_under_its_name(
    well_known: WellKnown, tmp_path: Path
) -> None:
    """As small servers do."""
    well_known.is_homeserver = True
    options = _options(homeserver=well_known.name, inviters="clinic.example")
    status, _, complained = await _init(tmp_path, *options, SSL_CERT_FILE=str(well_known.certificate))
    assert status == 0, complained
    written = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    assert written["homeserver"]["url"] == f"https://{well_known.name}"


async def test_a_certificate_that_proves_nothing_is_refused(well_known: WellKnown, tmp_path: Path) -> None:
    """The password would go to whoever answers."""
    well_known.is_homeserver = True
    status, _, complained = await _init(
        tmp_path, *_options(homeserver=well_known.name, account=_ACCOUNT, inviters="clinic.example")
    )
    assert status == 1
    assert "ClientConnectorCertificateError" in complained
    assert _files(tmp_path) == []
