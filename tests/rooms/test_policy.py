"""Who may do what: the whole table, for every command and every role."""

from collections.abc import Set

import pytest
import typer.main

from doctocbot.cli import app
from doctocbot.quiz.desk import QuizDesk
from doctocbot.rooms.policy import COMMANDS, POLICY, Act, may, may_try, permits
from doctocbot.rooms.roles import Role
from doctocbot.store import Database, Transaction
from doctocbot.tables import MOD_SUBCOMMANDS, command_tables, quiz_subcommands
from tests.conftest import Show
from tests.fakes.roomstates import closed_room, member

pytest_plugins = ["tests.desk_fixtures"]

MEMBERS = {Role.MEMBER, Role.STUDENT, Role.CLINICIAN, Role.MODERATOR}
MODERATORS = {Role.MODERATOR}
ANYBODY = MEMBERS | {Role.OUTSIDER}
AUTHOR = "author"

# Written out a second time, so that a change of the policy is a decision and no slip.
WHO_MAY: dict[Act, Set[str]] = {
    Act.READ: MEMBERS,
    Act.OPEN_CASE: MEMBERS,
    Act.ANSWER: MEMBERS,
    Act.VOTE: MEMBERS,
    Act.FOLLOW: MEMBERS,
    Act.PULL: MEMBERS,
    Act.CLOSE_CASE: {*MODERATORS, AUTHOR},
    Act.DROP_PICTURE: {*MODERATORS, AUTHOR},
    Act.TAG_CASE: {*MODERATORS, AUTHOR},
    Act.SAY_WAITING: {AUTHOR},
    Act.FOLLOW_UP: {AUTHOR},
    Act.DRAFT: MEMBERS,
    Act.DISCARD_DRAFT: ANYBODY,
    Act.ASK_QUIZ: MEMBERS,
    Act.ANSWER_QUIZ: MEMBERS,
    Act.ALLOW_QUIZ: {AUTHOR},
    # The author is whoever has asked it.
    Act.STOP_QUIZ: {*MODERATORS, AUTHOR},
    Act.EDIT_QUIZ: {*MODERATORS, AUTHOR},
    Act.LEARN: MEMBERS,
    Act.DECLARE_SELF: MEMBERS,
    Act.VOUCH: {Role.CLINICIAN},
    Act.OWN_DATA: ANYBODY,
    Act.PULL_MANY: MODERATORS,
    Act.ASK_WHO: MODERATORS,
    Act.CHANGE_SETTINGS: MODERATORS,
    Act.MODERATE: MODERATORS,
    Act.OPERATE: {Role.OPERATOR},
}

CHAT_COMMANDS = sorted({name for table in command_tables(QuizDesk(15, "seed")) for name in table.names})
TERMINAL_COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
EVERY_COMMAND = [
    *CHAT_COMMANDS,
    *(subcommand.key for subcommand in MOD_SUBCOMMANDS),
    *(subcommand.key for subcommand in quiz_subcommands(QuizDesk(15, "seed"))),
    *(f"terminal {name}" for name in TERMINAL_COMMANDS),
]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_every_command_is_open_to_exactly_these_roles(command: str, role: Role) -> None:
    """A command without a row fails here, and is refused to everybody."""
    assert permits(COMMANDS[command], {role}) is (role in WHO_MAY[COMMANDS[command]])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_every_act_is_open_to_exactly_these_roles(act: Act, role: Role) -> None:
    """With the author of the case beside them, where that is said; who left acts as no author any more."""
    assert permits(act, {role}) is (role in WHO_MAY[act])
    as_author = role in WHO_MAY[act] or (AUTHOR in WHO_MAY[act] and role is not Role.OUTSIDER)
    assert permits(act, {role}, is_author=True) is as_author


def test_the_whole_table_is_shown(show: Show) -> None:
    """Every command with everybody who may use it, for whoever reads the output of the tests."""
    columns = "".join(f"{role:>10}" for role in Role)
    rows = []
    for command in EVERY_COMMAND:
        act = COMMANDS[command]
        marks = "".join(f"{'yes' if permits(act, {role}) else '-':>10}" for role in Role)
        author = "yes" if permits(act, {Role.MEMBER}, is_author=True) else "-"
        rows.append(f"{command:24}{marks}{author:>10}")
    show("who may use which command", [f"{'':24}{columns}{'author':>10}", *rows])
    assert len(rows) == len(COMMANDS)


def test_no_row_of_the_policy_is_of_a_command_that_there_is_not() -> None:
    """What is gone leaves no right behind."""
    assert set(COMMANDS) == set(EVERY_COMMAND)
    assert set(POLICY) == set(Act)


@pytest.mark.parametrize("role", Role)
def test_what_has_no_row_is_nobodys(role: Role) -> None:
    """A new command fails closed until somebody has decided who may use it."""
    assert not permits(None, {role}, is_author=True)


@pytest.mark.parametrize("command", [name for name in EVERY_COMMAND if name.startswith("terminal ")])
def test_what_an_operator_types_nobody_may_do_from_a_room(command: str) -> None:
    """Neither a moderator nor a case's author is the operator."""
    assert not any(permits(COMMANDS[command], {role}, is_author=True) for role in ANYBODY)


CREATOR, MODO, ALMOST, LEA, ANYONE, GONE, STRANGER = (
    f"@{name}:clinic.example" for name in ("creator", "modo", "almost", "lea", "anyone", "gone", "stranger")
)
ROOM = closed_room(
    creator=CREATOR,
    members=[MODO, ALMOST, LEA, ANYONE],
    levels={MODO: 50, ALMOST: 49, GONE: 100},
    more=[member(GONE, "leave")],
)
HERE = {CREATOR, MODO, ALMOST, LEA, ANYONE}


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.OPERATE])
async def test_in_a_room_an_act_is_open_to_exactly_these(act: Act, database: Database) -> None:
    """Nobody who left, nobody who never came, whatever level they keep; none but the author of the very case."""

    def who(tx: Transaction) -> set[str]:
        people = HERE | {GONE, STRANGER}
        return {user for user in people if may(tx, act, user, ROOM, author=LEA)}

    expected = WHO_MAY[act]
    allowed = {CREATOR, MODO} if Role.MODERATOR in expected else set()
    allowed |= HERE if Role.MEMBER in expected else set()
    allowed |= {LEA} if AUTHOR in expected else set()
    allowed |= {GONE, STRANGER} if Role.OUTSIDER in expected else set()
    assert await database.run(who) == allowed


async def test_a_label_makes_a_clinician_when_somebody_else_stands_behind_it(database: Database) -> None:
    """Their own word does not; and a label of another room means nothing here."""

    def vouch(tx: Transaction, grounds: str, room: str) -> bool:
        tx.execute("DELETE FROM member_label")
        tx.execute(
            "INSERT INTO member_label (room_id, user_id, trade, grounds, at) VALUES (:room, :user, 'x', :grounds, 0)",
            room=room,
            user=ANYONE,
            grounds=grounds,
        )
        return may(tx, Act.VOUCH, ANYONE, ROOM)

    assert await database.run(vouch, "confirmed", ROOM.room_id)
    assert await database.run(vouch, "sponsored", ROOM.room_id)
    assert not await database.run(vouch, "declared", ROOM.room_id)
    assert not await database.run(vouch, "confirmed", "!elsewhere:clinic.example")


async def test_a_person_without_any_room_keeps_what_is_their_own(database: Database) -> None:
    """Who has left may discard a draft, and use no other command on a case."""

    def tries(tx: Transaction) -> set[str]:
        return {name for name in CHAT_COMMANDS if may_try(tx, name, GONE, [])}

    assert await database.run(tries) == {
        name for name in CHAT_COMMANDS if Role.OUTSIDER in WHO_MAY[COMMANDS[name]]
    }
