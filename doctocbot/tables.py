"""Which commands are understood where: one table for rooms, one for direct chats."""

from doctocbot.cases.commands import COMMANDS as CASE_COMMANDS
from doctocbot.cases.direct_commands import commands as draft_commands
from doctocbot.cases.intake import Intake
from doctocbot.chat.commands import CommandTable, elsewhere
from doctocbot.quiz.commands import commands as quiz_commands
from doctocbot.quiz.desk import QuizDesk
from doctocbot.rooms.commands import commands as room_commands


def command_tables(quizzes: QuizDesk, intake: Intake) -> tuple[CommandTable, CommandTable]:
    """The commands of rooms and those of direct chats; each knows the names of the other, to say where they belong."""
    in_rooms = (*CASE_COMMANDS, *quiz_commands(quizzes), *room_commands({}))
    in_chats = draft_commands(intake)
    room_names = {command.names[0] for command in in_rooms}
    chat_names = {command.names[0] for command in in_chats}
    only_rooms = [command for command in in_rooms if command.names[0] not in chat_names]
    only_chats = [command for command in in_chats if command.names[0] not in room_names]
    return (
        CommandTable([*in_rooms, *elsewhere(only_chats, "draft.only-direct")]),
        CommandTable([*in_chats, *elsewhere(only_rooms, "direct.in-the-room")]),
    )
