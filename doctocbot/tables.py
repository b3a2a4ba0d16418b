"""Which commands are understood where: one table for rooms, one for direct chats."""

from doctocbot.cases import commands as case_commands
from doctocbot.cases.call_commands import COMMANDS as CALL_COMMANDS
from doctocbot.cases.direct_commands import COMMANDS as DRAFT_COMMANDS
from doctocbot.cases.followups import COMMANDS as FOLLOWUP_COMMANDS
from doctocbot.cases.moderation import CONFIRMED
from doctocbot.cases.moderation import SUBCOMMANDS as CASE_SUBCOMMANDS
from doctocbot.cases.notices import COMMANDS as NOTICE_COMMANDS
from doctocbot.cases.opinion_commands import ANYWHERE as OPINION_COMMANDS
from doctocbot.cases.opinion_commands import IN_ROOMS as WORDED_OPINIONS
from doctocbot.cases.student_opinions import IN_CHATS as STUDENT_OPINIONS
from doctocbot.chat.commands import Command, CommandTable, elsewhere
from doctocbot.privacy.forgetme import COMMANDS as FORGET_COMMANDS
from doctocbot.privacy.mydata import COMMANDS as DATA_COMMANDS
from doctocbot.quiz import answering, room_commands
from doctocbot.quiz import commands as quiz_commands
from doctocbot.quiz.commands import Subcommand as QuizSubcommand
from doctocbot.quiz.desk import QuizDesk
from doctocbot.quiz.editing import SUBCOMMANDS as EDITING_SUBCOMMANDS
from doctocbot.quiz.learning_log import SUBCOMMANDS as LOG_SUBCOMMANDS
from doctocbot.quiz.reviews import SUBCOMMANDS as REVIEW_SUBCOMMANDS
from doctocbot.quiz.scores import SUBCOMMANDS as SCORE_SUBCOMMANDS
from doctocbot.rooms import confirmation
from doctocbot.rooms.admittance_commands import SUBCOMMANDS as ADMITTANCE_SUBCOMMANDS
from doctocbot.rooms.audit_commands import SUBCOMMANDS as AUDIT_SUBCOMMANDS
from doctocbot.rooms.commands import SUBCOMMANDS as ROOM_SUBCOMMANDS
from doctocbot.rooms.commands import Subcommand, moderators_command
from doctocbot.rooms.concerned import check
from doctocbot.rooms.home_commands import SUBCOMMANDS as HOME_SUBCOMMANDS
from doctocbot.rooms.iam import IN_CHATS as LABELS_IN_CHATS
from doctocbot.rooms.iam import IN_ROOMS as LABELS_IN_ROOMS
from doctocbot.rooms.identities import COMMANDS as IDENTITY_COMMANDS
from doctocbot.rooms.identities import SUBCOMMANDS as IDENTITY_SUBCOMMANDS
from doctocbot.rooms.member_commands import CONFIRMED as MEMBERS_CONFIRMED
from doctocbot.rooms.member_commands import SUBCOMMANDS as MEMBER_SUBCOMMANDS
from doctocbot.rooms.room_report import SUBCOMMANDS as REPORT_SUBCOMMANDS
from doctocbot.rooms.sponsorship import COMMANDS as VOUCH_COMMANDS

MOD_SUBCOMMANDS: tuple[Subcommand, ...] = (
    *REPORT_SUBCOMMANDS,
    *ROOM_SUBCOMMANDS,
    *MEMBER_SUBCOMMANDS,
    *ADMITTANCE_SUBCOMMANDS,
    *HOME_SUBCOMMANDS,
    *CASE_SUBCOMMANDS,
    *IDENTITY_SUBCOMMANDS,
    *AUDIT_SUBCOMMANDS,
    *confirmation.subcommands({**CONFIRMED, **MEMBERS_CONFIRMED}),
)
"""What `!mod` understands, in the order in which it lists them."""


def quiz_subcommands(quizzes: QuizDesk) -> tuple[QuizSubcommand, ...]:
    """What `!quiz` understands, in the order in which it lists them."""
    return (
        room_commands.stopping(quizzes),
        *room_commands.ANYWHERE,
        *SCORE_SUBCOMMANDS,
        *REVIEW_SUBCOMMANDS,
        *LOG_SUBCOMMANDS,
        *EDITING_SUBCOMMANDS,
    )


def command_tables(quizzes: QuizDesk) -> tuple[CommandTable, CommandTable]:
    """The commands of rooms and those of direct chats; each knows the names of the other, to say where they belong."""
    quizzed = quiz_subcommands(quizzes)
    in_rooms = (
        *case_commands.IN_ROOMS,
        *case_commands.ANYWHERE,
        *WORDED_OPINIONS,
        *OPINION_COMMANDS,
        *CALL_COMMANDS,
        *NOTICE_COMMANDS,
        quiz_commands.in_rooms(quizzed, lambda c, words: room_commands.ask(quizzes, c, words)),
        Command(("answer", "réponse"), answering.in_room),
        *LABELS_IN_ROOMS,
        *VOUCH_COMMANDS,
        *IDENTITY_COMMANDS,
        moderators_command(MOD_SUBCOMMANDS),
    )
    in_chats = (
        *DRAFT_COMMANDS,
        *case_commands.ANYWHERE,
        *STUDENT_OPINIONS,
        *OPINION_COMMANDS,
        *FOLLOWUP_COMMANDS,
        *CALL_COMMANDS,
        *NOTICE_COMMANDS,
        quiz_commands.in_chats(quizzed),
        Command(("answer", "réponse"), answering.in_chat),
        *DATA_COMMANDS,
        *FORGET_COMMANDS,
        *LABELS_IN_CHATS,
        *VOUCH_COMMANDS,
        *IDENTITY_COMMANDS,
        moderators_command(MOD_SUBCOMMANDS),
    )
    room_names = {command.names[0] for command in in_rooms}
    chat_names = {command.names[0] for command in in_chats}
    only_rooms = [command for command in in_rooms if command.names[0] not in chat_names]
    only_chats = [command for command in in_chats if command.names[0] not in room_names]
    return (
        CommandTable([*in_rooms, *elsewhere(only_chats, "draft.only-direct")], check),
        CommandTable([*in_chats, *elsewhere(only_rooms, "direct.in-the-room")], check),
    )
