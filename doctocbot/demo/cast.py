"""Who plays in the scene: five people with a phone of their own each, and one account left for whoever is watching."""

import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from doctocbot.demo.homeserver import Homeserver
from doctocbot.demo.person import Person
from doctocbot.matrix.secretstorage import RecoveryKey, store_secrets


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody in the scene: the account's local part, the name in the room, the trade, a colour of rich's."""

    localpart: str
    name: str
    trade: str
    colour: str

    @property
    def first_name(self) -> str:
        """What colleagues call them."""
        return self.name.removeprefix("Dr ").split()[0]


LEA = Role("lea", "Dr Léa Martin", "médecin généraliste", "cyan")
KARIM = Role("karim", "Dr Karim Benali", "dermatologue", "green")
OMAR = Role("omar", "Omar Diallo", "pharmacien", "yellow")
ANNE = Role("anne", "Dr Anne Le Goff", "modératrice", "magenta")
INES = Role("ines", "Inès Moreau", "étudiante", "bright_blue")
PLAYERS = (LEA, KARIM, OMAR, ANNE, INES)

VISITOR = Role("visiteur", "Visiteur", "vous", "white")
"""Whoever logs in from Element: an account that nobody has used, so that Element makes its identity itself."""

BOT = Role("doctocbot", "doctocbot", "robot", "blue")


@dataclass(frozen=True, slots=True)
class Account:
    """An account on the demo's homeserver."""

    role: Role
    user_id: str
    password: str = field(repr=False)


async def register(homeserver: Homeserver, roles: Iterable[Role]) -> dict[Role, Account]:
    """Create an account for each role, with a password that is easy to type and new at every run."""
    accounts = {}
    for role in roles:
        password = secrets.token_hex(4)
        user_id = await homeserver.register(role.localpart, password, role.name)
        accounts[role] = Account(role, user_id, password)
    return accounts


class Cast:
    """The players, each logged in on a cross-signed device that syncs by itself."""

    def __init__(self, people: Mapping[Role, Person], accounts: Mapping[Role, Account]) -> None:
        self._people = dict(people)
        self.accounts = dict(accounts)

    @classmethod
    @asynccontextmanager
    async def login(
        cls, url: str, accounts: Mapping[Role, Account], directory: Path
    ) -> AsyncIterator["Cast"]:
        """Log every player in for the length of the block; their keys are kept in `directory`."""
        async with AsyncExitStack() as stack:
            people = {}
            for role in PLAYERS:
                account = accounts[role]
                login = Person.login(url, account.user_id, account.password, directory / role.localpart)
                people[role] = await stack.enter_async_context(login)
            yield cls(people, accounts)

    def __getitem__(self, role: Role) -> Person:
        return self._people[role]

    def __iter__(self) -> Iterator[Role]:
        return iter(self._people)

    async def recovery_keys(self) -> dict[Role, str]:
        """Give each player's account a recovery key, with which Element verifies a session of its own."""
        keys = {}
        for role, person in self._people.items():
            key = RecoveryKey.generate()
            await store_secrets(person.client, key, person.vault)
            keys[role] = str(key)
        return keys
