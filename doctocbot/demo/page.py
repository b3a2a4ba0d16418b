"""The case as Element would show it: an HTML page made from the real events that one person's client holds.

The room stands on the left, the case's thread on the right, as in Element Web. One file, pictures included.
"""

import base64
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

from doctocbot.chat.poll import POLL_END, POLL_RESPONSE, POLL_START
from doctocbot.demo.cast import BOT, PLAYERS, Cast, Role
from doctocbot.demo.pagestyle import COLOURS, STYLE
from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent

_TEXT = "org.matrix.msc1767.text"
_MESSAGES = ("m.room.message", POLL_START)


class ElementPage:
    """One person's view of a room with a thread open beside it; `draw` gives the whole page."""

    def __init__(self, cast: Cast, viewer: Role, bot: str, room: str, room_name: str) -> None:
        self._viewer: Person = cast[viewer]
        self._room = room
        self._room_name = room_name
        self._roles = {cast.accounts[role].user_id: role for role in PLAYERS} | {bot: BOT}
        self._events = self._viewer.timeline(room)
        self._pictures: dict[str, str] = {}

    async def draw(self, thread: str) -> str:
        """The page, with the thread of that event opened."""
        for seen in self._events:
            thumbnail = seen.content.get("info", {}).get("thumbnail_file")
            if seen.type == "m.room.message" and thumbnail and not seen.redacted:
                data = await self._viewer.fetch_media({"file": thumbnail})
                self._pictures[seen.event_id] = base64.b64encode(data).decode()
        timeline = "".join(
            self._tile(seen) for seen in self._events if self._is_shown(seen) and not seen.thread
        )
        opened = "".join(
            self._tile(seen, inside=True)
            for seen in self._events
            if self._is_shown(seen) and thread in (seen.thread, seen.event_id)
        )
        return _PAGE.format(style=STYLE, name=escape(self._room_name), timeline=timeline, thread=opened)

    # -- one event

    def _is_shown(self, seen: SeenEvent) -> bool:
        gone = seen.redacted and seen.encrypted and not seen.replaces and seen.type != POLL_RESPONSE
        return gone or (seen.type in _MESSAGES and not seen.replaces and not seen.redacted)

    def _tile(self, seen: SeenEvent, *, inside: bool = False) -> str:
        role = self._roles[seen.sender]
        time = datetime.fromtimestamp(seen.sent_at / 1000, UTC).astimezone().strftime("%H:%M")
        below = "" if inside else self._thread_summary(seen)
        return (
            f'<article><div class="avatar" style="background:{COLOURS[role.colour]}">{role.first_name[0].upper()}</div>'
            f'<div class="said"><header><b style="color:{COLOURS[role.colour]}">{escape(role.name)}</b>'
            f"<time>{time}</time></header>{self._quoted(seen)}{self._body(seen)}{self._chips(seen)}{below}</div></article>"
        )

    def _body(self, seen: SeenEvent) -> str:
        if seen.redacted:
            return '<p class="gone">🗑 Message supprimé</p>'
        if seen.type == POLL_START:
            return self._poll(seen)
        content = self._viewer.latest(seen.event_id)
        if content.get("msgtype") == "m.image":
            return self._picture(seen)
        # The bot escapes what people wrote before it makes HTML of it; people here send plain text.
        words = content.get("formatted_body") or escape(str(content.get("body", ""))).replace("\n", "<br>")
        edited = any(True for _ in self._viewer.seen.edits_of(seen))
        return f'<div class="words">{words}{_EDITED if edited else ""}</div>'

    def _picture(self, seen: SeenEvent) -> str:
        file_name, body = str(seen.content.get("filename", "")), seen.body
        caption = f'<div class="words">{escape(body)}</div>' if body != file_name else ""
        source = f"data:image/jpeg;base64,{self._pictures.get(seen.event_id, '')}"
        return f'<img src="{source}" alt="{escape(file_name)}">{caption}'

    def _quoted(self, seen: SeenEvent) -> str:
        """What a plain reply answers to; the fallback of a thread shows nothing."""
        relation = seen.relation
        target = relation.get("m.in_reply_to", {}).get("event_id")
        if target is None or (seen.thread and relation.get("is_falling_back")):
            return ""
        answered = self._viewer.seen.event(target)
        if answered is None or answered.redacted:
            return ""
        role = self._roles[answered.sender]
        return (
            f'<blockquote class="reply" style="border-color:{COLOURS[role.colour]}"><b>{escape(role.name)}</b><br>'
            f"{escape(_first_line(self._viewer.latest(target)))}</blockquote>"
        )

    def _chips(self, seen: SeenEvent) -> str:
        keys: Counter[str] = Counter()
        for other in self._events:
            relation = other.relation
            if (
                other.type == "m.reaction"
                and not other.redacted
                and relation.get("event_id") == seen.event_id
            ):
                keys[str(relation.get("key"))] += 1
        chips = "".join(f"<span>{escape(key)} {count}</span>" for key, count in keys.items())
        return f'<div class="chips">{chips}</div>' if chips else ""

    def _thread_summary(self, root: SeenEvent) -> str:
        replies = [seen for seen in self._events if seen.thread == root.event_id and self._is_shown(seen)]
        if not replies:
            return ""
        last = replies[-1]
        plural = "s" if len(replies) > 1 else ""
        return (
            f'<div class="thread">💬 {len(replies)} réponse{plural} <b>{escape(self._roles[last.sender].name)}</b> '
            f"{escape(_first_line(last.content))}</div>"
        )

    # -- the poll

    def _poll(self, seen: SeenEvent) -> str:
        """A poll that Element draws itself: votes hidden until its end, then the last one of each person."""
        start = seen.content[POLL_START]
        votes = self._votes(seen.event_id)
        ended = any(
            other.type == POLL_END and other.relation.get("event_id") == seen.event_id
            for other in self._events
        )
        counted = Counter(votes.values()) if ended else Counter[str]()
        most = max(counted.values(), default=0)
        answers = "".join(
            _answer(answer, counted, len(votes), most, ended=ended) for answer in start["answers"]
        )
        total = (
            f"Résultats finaux sur la base de {len(votes)} votes"
            if ended
            else "Les résultats seront visibles à la fin"
        )
        question = escape(start["question"][_TEXT]).replace("\n", "<br>")
        return f'<div class="poll"><h4>📊 {question}</h4>{answers}<small>{total}</small></div>'

    def _votes(self, poll: str) -> Mapping[str, str]:
        votes: dict[str, str] = {}
        for seen in self._events:
            if seen.type == POLL_RESPONSE and seen.relation.get("event_id") == poll and not seen.redacted:
                votes[seen.sender] = seen.content[POLL_RESPONSE]["answers"][0]
        return votes


def _answer(answer: Mapping[str, Any], counted: Counter[str], voters: int, most: int, *, ended: bool) -> str:
    count = counted[answer["id"]]
    share = round(100 * count / voters) if voters and ended else 0
    winner = " winner" if ended and count == most > 0 else ""
    number = f"<i>{count} vote{'s' if count > 1 else ''}</i>" if ended else ""
    return (
        f'<div class="answer{winner}">{escape(answer[_TEXT])}{number}'
        f'<div class="bar"><div style="width:{share}%"></div></div></div>'
    )


def _first_line(content: Mapping[str, Any]) -> str:
    return next(iter(str(content.get("body", "")).split("\n")), "")


_EDITED = '<span class="edited"> (modifié)</span>'
_PAGE = """<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><title>{name}</title><style>{style}</style></head>
<body><main><nav><div class="avatar room">D</div><b>{name}</b><span class="lock">🔒</span></nav>
<section>{timeline}</section></main>
<aside><nav><b>Fil de discussion</b><span class="close">✕</span></nav><section>{thread}</section></aside></body></html>
"""
