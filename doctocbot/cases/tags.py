"""The tags of a case, by which followers find it: those in its words, and those added by `!tag`."""

from doctocbot.cases.model import Case, Kind, kind_and_tags
from doctocbot.cases.screening import screened
from doctocbot.store import Transaction

_MOST_TAGS = 10


def tagged(case: Case, words: str) -> tuple[Kind | None, tuple[str, ...]]:
    """The kind and the tags of a case after `!tag WORDS`; with or without `#`, a kind's name changes the kind."""
    hashtags = " ".join(f"#{word.lstrip('#')}" for word in words.replace(",", " ").split())
    kind, added = kind_and_tags(screened(hashtags))
    return kind or case.kind, tuple(dict.fromkeys((*case.tags, *added)))[:_MOST_TAGS]


def after_edit(case: Case, kind: Kind | None, tags: tuple[str, ...]) -> tuple[Kind | None, tuple[str, ...]]:
    """The kind and the tags of a case whose author gives it words that hold these: what `!tag` added stays."""
    old_kind, old_tags = kind_and_tags(case.text)
    added = [tag for tag in case.tags if tag not in old_tags]
    if kind is None and case.kind != old_kind:
        kind = case.kind
    return kind, tuple(dict.fromkeys((*tags, *added)))[:_MOST_TAGS]


def put(tx: Transaction, case_id: int, kind: Kind | None, tags: tuple[str, ...]) -> None:
    """Keep the kind and the tags of a case."""
    tx.execute(
        "UPDATE medical_case SET kind = :kind, tags = :tags WHERE id = :id",
        kind=kind,
        tags=" ".join(tags),
        id=case_id,
    )
