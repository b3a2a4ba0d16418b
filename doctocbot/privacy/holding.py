"""One kind of thing that is kept of people, and the names under which somebody is kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from doctocbot.chat.rendering import pill_address
from doctocbot.matrix import Outbox


@dataclass(frozen=True, slots=True)
class Holding:
    """What one table holds of people: the columns with their user ids, and the statements that show and erase it.

    `told` selects any of `at` (ms since 1970), `room_id`, `case_id`, `what` (a word of the catalogue,
    `mydata.what.<what>`) and `words`, under the heading `mydata.<section>`. `stays` says why it is not erased; what is
    needed while they are in a served room goes by `erased_outside`, when they are in none. All statements are given
    `Subject.values`.
    """

    table: str
    people: tuple[str, ...] = ()
    section: str = ""
    told: str = ""
    erased: tuple[str, ...] = ()
    erased_outside: tuple[str, ...] = ()
    stays: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody, by all the names under which they are kept: their id, their keyed hash, and how JSON names them."""

    user: str
    values: Mapping[str, str]

    @classmethod
    def of(cls, user: str, outbox: Outbox) -> "Subject":
        """Somebody as this bot's secret knows them."""
        values = {
            "user": user,
            "stranger": outbox.transaction_id(f"stranger:{user}"),
            "pill": f'{pill_address(user)}\\"',
            "quoted": json.dumps(user, ensure_ascii=False),
        }
        return cls(user, values)
