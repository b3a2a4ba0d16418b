"""All that the bot does for people, joined: the reception for what comes in, the tickers for what time brings.

It knows nothing of the homeserver: `app.py` joins it to one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from doctocbot.cases import moving, pictures, search, student_opinions, withdrawal
from doctocbot.cases.calls import CALL, CallRenderer, Calls
from doctocbot.cases.card import CARD, CardRenderer
from doctocbot.cases.followups import Followups
from doctocbot.cases.keeper import DraftKeeper
from doctocbot.cases.masking import Masking
from doctocbot.cases.notices import NOTICE, NoticeRenderer
from doctocbot.cases.weekly import post_week
from doctocbot.chat.replies import Ticker, World
from doctocbot.confidant import Confidant
from doctocbot.config import Config
from doctocbot.images import CleanImage
from doctocbot.images.box import Box
from doctocbot.matrix import Errand, RoomState
from doctocbot.matrix.sender import Renderer
from doctocbot.privacy import forgetme, mydata
from doctocbot.privacy.retention import Retention
from doctocbot.quiz import reviews, teaching
from doctocbot.quiz.desk import QuizDesk
from doctocbot.quiz.weekly import question_of_week
from doctocbot.reception import Reception
from doctocbot.rooms import absence, audit_heads, confirmation, iam, identities, options, private
from doctocbot.rooms.arrivals import DailyNews, DevicesOf, devices_unknown
from doctocbot.rooms.chats import DirectChats
from doctocbot.rooms.watch import RoomWatch
from doctocbot.rooms.weekly import Weekly
from doctocbot.rooms.welcome import Welcome
from doctocbot.store import Transaction
from doctocbot.tables import command_tables


class PictureErrands(Protocol):
    """What fetches pictures and works on them, off the transaction."""

    def clean(self, content: Mapping[str, Any]) -> Errand:
        """Fetch and clean."""
        ...

    def look(self, content: Mapping[str, Any]) -> Errand:
        """Fetch, clean and read."""
        ...

    def mask(self, picture: CleanImage, boxes: Sequence[Box]) -> Errand:
        """Blank boxes of a clean picture."""
        ...


class Features:
    """Every feature of one bot; `quiz_seed` is a secret that settles the order of a quiz's choices.

    `heard_until` tells up to which moment before another all that was said is known (`matrix.hearing`).
    """

    def __init__(
        self,
        world: World,
        config: Config,
        errands: PictureErrands,
        quiz_seed: str,
        devices_of: DevicesOf = devices_unknown,
        heard_until: Callable[[int], int] = lambda now: now,
    ) -> None:
        quizzes = QuizDesk(config.quiz.minutes, quiz_seed, heard_until)
        keeper = DraftKeeper(config.drafts.hours)
        calls = Calls(
            str(config.calls.nudge_minutes), str(config.calls.reminder_minutes), config.calls.quiet_hours
        )
        in_rooms, in_chats = command_tables(quizzes)
        self.chats = DirectChats(world, language=config.language, ended=self._chat_ended)
        self.watch = RoomWatch(
            world,
            self.chats,
            Welcome("on" if config.rooms.welcome else "off"),
            moving.show_cases,
            allowed_inviters=config.rooms.allowed_inviters,
        )
        masking = Masking(errands.mask)
        self.reception = Reception(
            world=world,
            table=in_rooms,
            clean=errands.clean,
            confidant=Confidant(masking, self.chats, in_chats, errands.look),
            unsigned_may_command=config.trust.allow_unsigned_devices,
        )
        self.renderers: Mapping[str, Renderer] = {
            CARD: CardRenderer(world).render,
            NOTICE: NoticeRenderer(world).render,
            CALL: CallRenderer(world).render,
        }
        self.tickers: Sequence[Ticker] = (
            quizzes.end_due,
            student_opinions.tick,
            reviews.tick,
            teaching.tick,
            keeper.tick,
            calls.tick,
            Followups(config.followups.days).tick,
            private.tick,
            absence.tick,
            identities.tick,
            identities.tell_verifications,
            Weekly(world.zone, options.WEEKLY, "weekly_summary", post_week).tick,
            Weekly(world.zone, options.QUESTION, "weekly_question", question_of_week(quizzes)).tick,
            DailyNews(devices_of).tick,
            iam.tick,
            search.tick,
            pictures.expire_loose,
            withdrawal.forget_pullers,
            audit_heads.tick,
            confirmation.tick,
            mydata.forget_files,
            forgetme.forget_requests,
            Retention(config.retention.days).tick,
        )

    def _chat_ended(self, tx: Transaction, room: RoomState, person: str) -> None:
        self.reception.chat_ended(tx, room, person)
