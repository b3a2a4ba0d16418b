"""`doctocbot init`: five questions, each with why it is asked, and at the end a bot that `doctor` finds well."""

import asyncio
import getpass
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from doctocbot import console, setting_up
from doctocbot.chat.wording import LANGUAGES, Wording, wording
from doctocbot.cli.serving import print_findings
from doctocbot.cli.shared import ConfigPath, run_to_end, stop
from doctocbot.config import PASSWORD, SECRET, Config, ConfigFault, Fault, Secrets, load, read_secrets
from doctocbot.console import EXIT_CONFIG, EXIT_FAILED, err, out
from doctocbot.login import log_in
from doctocbot.logs import set_up_logging
from doctocbot.setting_up import AlreadySetUp, Answers, ForeignData, LookUpFailed

app = typer.Typer()

Check = Callable[[str], Any]


class _Unfit(Exception):
    """An answer that will not do, with the line that says why."""

    def __init__(self, line: str, status: int = EXIT_CONFIG) -> None:
        super().__init__(line)
        self.line = line
        self.status = status


@app.command()
def init(
    config: ConfigPath = Path("config.yaml"),
    homeserver: Annotated[
        str | None, typer.Option(metavar="NAME|URL", help="The server of the bot's account.")
    ] = None,
    account: Annotated[str | None, typer.Option(metavar="@USER:SERVER", help="The bot's account.")] = None,
    inviters: Annotated[
        str | None, typer.Option(metavar="LIST", help="Who may invite it: user ids, patterns, servers.")
    ] = None,
    language: Annotated[str | None, typer.Option(metavar="fr|en", help="The language it speaks.")] = None,
    data_dir: Annotated[str | None, typer.Option(metavar="DIR", help="Where its data are kept.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: options and defaults are enough.")] = False,
) -> None:
    """Ask five questions, write the configuration and a key, log in if a password is given, and check everything."""
    dialogue = _Dialogue(asks=not yes, words=console.words_of_environment(os.environ))
    given = {
        "language": language, "homeserver": homeserver, "account": account, "inviters": inviters,
        "data-dir": data_dir,
    }  # fmt: skip
    try:
        setting_up.refuse_if_set_up(config)
        credentials = _credentials()
        answers = dialogue.answers(given)
        key = setting_up.write(config, answers, own_key=_has_own_key())
    except (AlreadySetUp, ForeignData, OSError) as error:
        _stop_unwritten(error, config, dialogue.words)
    _tell_written(config, key, answers, dialogue.words)
    _go_on(config, key, credentials, dialogue)


class _Dialogue:
    """Takes each answer from the options, or asks for it until it will do; without asking, faults end it together."""

    def __init__(self, *, asks: bool, words: Wording) -> None:
        self.asks = asks
        self.words = words
        self._server_name: str | None = None

    def answers(self, given: Mapping[str, str | None]) -> Answers:
        """All five; a status of 2 or 1 ends the command where nobody can be asked and some will not do."""
        checks: dict[str, Check] = {
            "language": self._language, "homeserver": self._homeserver, "account": self._plain("account"),
            "inviters": self._inviters, "data-dir": self._plain("data-dir"),
        }  # fmt: skip
        found: dict[str, Any] = {}
        unfit: list[_Unfit] = []
        for question, check in checks.items():
            try:
                found[question] = self._answer(question, given[question], check)
            except _Unfit as fault:
                unfit.append(fault)
            if question == "language" and question in found:
                self.words = wording(found[question])
        if unfit:
            stop(max(fault.status for fault in unfit), *(fault.line for fault in unfit))
        return Answers(
            found["homeserver"], found["account"], found["inviters"], found["language"], found["data-dir"]
        )

    def _answer(self, question: str, given: str | None, check: Check) -> Any:
        default = self._default(question)
        if not self.asks:
            if given is None and default is None:
                raise _Unfit(self.words.say("init.missing", option=f"--{question}"))
            return check(given if given is not None else str(default))
        if given is None:
            out.print()
            out.print(console.plain(self.words.say(f"init.{question}.why")))
        while True:
            typed = given if given is not None else self._typed(question, default)
            given = None
            try:
                return check(typed)
            except _Unfit as fault:
                err.print(console.plain(fault.line, style="red"))

    def _typed(self, question: str, default: str | None) -> str:
        prompt = self.words.say(f"init.{question}.ask") + (f" [{default}]" if default else "")
        out.print(console.plain(f"{prompt} "), end="")
        try:
            typed = input().strip()
        except EOFError:
            out.print()
            stop(EXIT_CONFIG, self.words.say("init.nobody-answers"))
        return typed or default or ""

    def _default(self, question: str) -> str | None:
        if question == "account":
            return f"@doctocbot:{self._server_name}" if self._server_name else None
        return {"language": self.words.language, "data-dir": "data"}.get(question)

    # -- what an answer has to be

    def _language(self, answer: str) -> str:
        chosen = answer.lower()
        if chosen not in LANGUAGES:
            raise self._unfit("language", setting_up.faults_of("language", chosen))
        return chosen

    def _homeserver(self, answer: str) -> str:
        if "://" in answer:
            if faults := setting_up.faults_of("homeserver", answer):
                raise self._unfit("homeserver", faults)
            url = answer.rstrip("/")
            if not asyncio.run(setting_up.answers(url)):
                # It may be down, or not be there yet: that is no reason to stop.
                err.print(console.plain(self.words.say("init.silent", url=url), style="yellow"))
            return url
        if not setting_up.is_server_name(answer):
            raise _Unfit(self.words.say("init.no-server-name", option="--homeserver"))
        try:
            url = asyncio.run(setting_up.find_homeserver(answer))
        except LookUpFailed as failure:
            raise _Unfit(self.words.say(f"init.{failure.what}", **failure.values), EXIT_FAILED) from failure
        self._server_name = answer
        out.print(console.plain(self.words.say("init.found", name=answer, url=url)))
        return url

    def _inviters(self, answer: str) -> tuple[str, ...]:
        entries = setting_up.inviters_in(answer)
        if faults := setting_up.faults_of("inviters", entries):
            raise self._unfit("inviters", faults)
        return tuple(entries)

    def _plain(self, question: str) -> Check:
        def check(answer: str) -> str:
            if faults := setting_up.faults_of(question, answer):
                raise self._unfit(question, faults)
            return answer

        return check

    def _unfit(self, question: str, faults: list[Fault]) -> _Unfit:
        """The configuration's own words, after the option that they are about."""
        lines = (self.words.say(f"config.{fault.what}", **fault.values) for fault in faults)
        return _Unfit(f"--{question}: {'; '.join(lines)}")


# -- secrets


def _has_own_key() -> bool:
    return bool(os.environ.get(SECRET) or os.environ.get(f"{SECRET}_FILE"))


def _credentials() -> Secrets:
    """What the environment holds to log in with, its faults told before anything is written."""
    environment = dict(os.environ)
    if not _has_own_key():
        environment[SECRET] = "made in a moment"
    try:
        return read_secrets(environment)
    except ConfigFault as fault:
        words = console.words_of_environment(os.environ)
        stop(EXIT_CONFIG, *(console.fault_line(each, words) for each in fault.faults))


# -- what follows


def _stop_unwritten(error: Exception, config: Path, words: Wording) -> NoReturn:
    """Say why nothing was written, and what to do."""
    if isinstance(error, AlreadySetUp):
        stop(EXIT_CONFIG, words.say("init.already", path=console.shown(config)))
    if isinstance(error, ForeignData):
        stop(EXIT_CONFIG, words.say("init.foreign-data", path=str(error), key=setting_up.KEY_FILE))
    stop(*console.explain(error, words))


def _tell_written(config: Path, key: Path | None, answers: Answers, words: Wording) -> None:
    out.print()
    out.print(console.plain(words.say("init.written", config=console.shown(config), data=answers.data_dir)))
    if key is not None:
        out.print(console.plain(words.say("init.key", path=console.shown(key)), style="bold"))


def _go_on(config: Path, key: Path | None, credentials: Secrets, dialogue: _Dialogue) -> None:
    """Log in and check, where there is something to log in with; else say what to type."""
    words = dialogue.words
    environment = {**os.environ, **({f"{SECRET}_FILE": str(key)} if key is not None else {})}
    settings, secrets = load(config), read_secrets(environment)
    variable = f"{SECRET}_FILE={console.shown(key.resolve())} " if key is not None else ""
    option = "" if config == Path("config.yaml") else f" --config {console.shown(config)}"
    if not (credentials.password or credentials.token):
        password = _typed_password(settings.homeserver.user_id, dialogue)
        if not password:
            out.print(console.plain(words.say("init.next")))
            out.print(f"  {variable}{PASSWORD}_FILE=… doctocbot login{option}", markup=False)
            out.print(f"  {variable}doctocbot doctor{option}", markup=False)
            return
        secrets = read_secrets({**environment, PASSWORD: password})
    set_up_logging(verbose=False)
    _log_in_and_check(settings, secrets, words)
    out.print(console.plain(words.say("init.run")))
    out.print(f"  {variable}doctocbot run{option}", markup=False)


def _log_in_and_check(settings: Config, secrets: Secrets, words: Wording) -> None:
    try:
        console.show_login(run_to_end(log_in(settings, secrets), words), words)
    except typer.Exit:
        err.print(console.plain(words.say("init.not-logged-in")))
        raise
    out.print()
    if run_to_end(print_findings(settings, secrets, words), words):
        raise typer.Exit(EXIT_FAILED)


def _typed_password(user: str, dialogue: _Dialogue) -> str:
    """The account's password, typed unseen; empty where there is no terminal, or the operator would rather not."""
    if not dialogue.asks or not sys.stdin.isatty():
        return ""
    out.print()
    out.print(console.plain(dialogue.words.say("init.password.why")))
    try:
        return getpass.getpass(dialogue.words.say("init.password.ask", user=user) + " ")
    except EOFError:
        return ""
