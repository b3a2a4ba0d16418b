"""Numbers for Prometheus. No label carries a person, a room or a word: they come from closed lists of our own."""

from collections.abc import Iterable, Mapping
from math import nan
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from doctocbot.store import Transaction

KINDS = ("message", "reaction", "redaction", "poll", "unreadable", "other")
AGES = ("minute", "hour", "day", "older")
STATES = ("open", "closed", "pulled")
FORMATS = ("jpeg", "png", "other", "none")
OUTCOMES = ("clean", "refused")
FILES = ("database", "crypto")

_TYPES = {
    "m.room.message": "message",
    "m.sticker": "message",
    "m.reaction": "reaction",
    "m.room.redaction": "redaction",
    "org.matrix.msc3381.poll.response": "poll",
    "org.matrix.msc3381.poll.start": "poll",
    "org.matrix.msc3381.poll.end": "poll",
}
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One bot's numbers in a registry of their own."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.events = Counter("doctocbot_events", "Events that came in.", ["kind"], registry=registry)
        self.decrypted = Counter("doctocbot_decrypted", "Events that were decrypted.", registry=registry)
        self.handler_errors = Counter(
            "doctocbot_handler_errors", "Events that were not handled because of a fault.", registry=registry
        )
        self.sent = Counter("doctocbot_sent", "Events that were sent.", registry=registry)
        self.scrubs = Counter(
            "doctocbot_scrubs",
            "Pictures that were cleaned or refused.",
            ["format", "outcome"],
            registry=registry,
        )
        self.scrub_seconds = Histogram(
            "doctocbot_scrub_seconds",
            "Seconds for one picture.",
            ["format"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.ready = Gauge("doctocbot_ready", "1 if the bot is ready, else 0.", registry=registry)
        self.sync_age = Gauge(
            "doctocbot_seconds_since_sync", "Seconds since a sync was finished.", registry=registry
        )
        self.one_time_keys = Gauge(
            "doctocbot_one_time_keys", "One-time keys that the server still has.", registry=registry
        )
        self.unreadable = Gauge(
            "doctocbot_undecryptable",
            "Events that wait for their key, by how long.",
            ["age"],
            registry=registry,
        )
        self.inbox = Gauge("doctocbot_inbox_depth", "Events that wait to be handled.", registry=registry)
        self.outbox = Gauge("doctocbot_outbox_depth", "Messages that wait to be sent.", registry=registry)
        self.outbox_age = Gauge(
            "doctocbot_outbox_oldest_seconds", "How long the oldest message has waited.", registry=registry
        )
        self.cases = Gauge("doctocbot_cases", "Cases by state.", ["state"], registry=registry)
        self.nudges = Gauge("doctocbot_nudges", "Cases for which colleagues were called.", registry=registry)
        self.size = Gauge("doctocbot_file_bytes", "Size of the files.", ["file"], registry=registry)
        self.disk_free = Gauge(
            "doctocbot_disk_free_bytes", "What may still be written where the files are.", registry=registry
        )
        # Those that have not happened yet are 0, not missing: an alert must not wait for the first.
        for kind in KINDS:
            self.events.labels(kind)
        for format_ in FORMATS:
            for outcome in OUTCOMES:
                self.scrubs.labels(format_, outcome)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def count_events(self, types: Iterable[str], decrypted: int, unreadable: int) -> None:
        """Count what one sync brought; what could be decrypted at last came with an earlier one."""
        for type_ in types:
            self.events.labels(_TYPES.get(type_, "other")).inc()
        self.events.labels("unreadable").inc(unreadable)
        self.decrypted.inc(decrypted)

    def count_scrub(self, format_: str | None, seconds: float) -> None:
        """Count one picture: the format of its clean copy, None where it was refused."""
        name = "none" if format_ is None else format_ if format_ in FORMATS else "other"
        self.scrubs.labels(name, "refused" if format_ is None else "clean").inc()
        self.scrub_seconds.labels(name).observe(seconds)

    def forget_stored(self) -> None:
        """Say that what the database would say is not known: a number of before would look like one of now."""
        for labelled in (self.unreadable, self.cases):
            labelled.clear()
        for gauge in (self.inbox, self.outbox, self.outbox_age, self.nudges):
            gauge.set(nan)

    def set_disk(self, sizes: Mapping[str, int], free: int) -> None:
        """Take over what the disk says."""
        self.disk_free.set(free)
        for file, size in sizes.items():
            self.size.labels(file).set(size)

    def set_stored(self, counts: "Stored") -> None:
        """Take over what the database says."""
        for age, number in counts.unreadable.items():
            self.unreadable.labels(age).set(number)
        for state, number in counts.cases.items():
            self.cases.labels(state).set(number)
        self.inbox.set(counts.inbox)
        self.outbox.set(counts.outbox)
        self.outbox_age.set(counts.outbox_waits)
        self.nudges.set(counts.nudges)


class Stored:
    """What the database says at one moment; `now` is in ms."""

    def __init__(self, tx: Transaction, now: int) -> None:
        waiting = {row["age"]: row["number"] for row in tx.rows(_UNREADABLE, now=now)}
        self.unreadable = {age: int(waiting.get(age, 0)) for age in AGES}
        found = {row["state"]: row["number"] for row in tx.rows(_CASES)}
        self.cases = {state: int(found.get(state, 0)) for state in STATES}
        self.nudges = int(tx.value("SELECT count(*) FROM medical_case WHERE nudged_at IS NOT NULL"))
        self.inbox = int(tx.value("SELECT count(*) FROM inbox WHERE state = 'ready'"))
        self.inbox_waits = _age(tx.value("SELECT min(received_at) FROM inbox WHERE state = 'ready'"), now)
        self.outbox = int(tx.value(f"SELECT count(*) {_MAY_GO}"))
        self.outbox_waits = _age(tx.value(f"SELECT min(max(created_at, not_before)) {_MAY_GO}"), now)


def sizes_of(files: Mapping[str, Path]) -> dict[str, int]:
    """The bytes of each file with its journal; blocks."""
    return {
        name: sum(each.stat().st_size for each in (file, file.with_name(f"{file.name}-wal")) if each.exists())
        for name, file in files.items()
    }


def _age(since: int | None, now: int) -> float:
    return 0.0 if since is None else max(0.0, (now - since) / 1000)


_UNREADABLE = (
    "SELECT CASE WHEN :now - received_at < 60000 THEN 'minute' WHEN :now - received_at < 3600000 THEN 'hour'"
    " WHEN :now - received_at < 86400000 THEN 'day' ELSE 'older' END AS age, count(*) AS number"
    " FROM inbox WHERE state = 'waiting' GROUP BY age"
)
_CASES = "SELECT state, count(*) AS number FROM medical_case GROUP BY state"
# What is held back until a room is served again is no fault of the sender's.
_MAY_GO = (
    "FROM outbox LEFT JOIN room USING (room_id) WHERE state IN ('queued', 'sending') AND not_before = 0"
    " AND (room.served OR json_extract(spec, '$.even_unserved'))"
)
