"""What a worker says is read without being trusted: it is an answer in every part, or it is nothing."""

import json

import pytest

from doctocbot.images import CleanImage, Outcome, Refusal, RefusalReason, Removals, Removed, wire

CLEAN = CleanImage(
    data=b"picture",
    mimetype="image/jpeg",
    extension="jpg",
    width=1600,
    height=1200,
    outcome=Outcome.LOSSLESS,
    removed=Removals({Removed.PLACE: 4, Removed.DATE: 2, Removed.OTHER: 123_456}),
    thumbnail=b"small",
    thumbnail_size=(800, 600),
)
SMALL = CleanImage(b"picture", "image/png", "png", 3, 2, Outcome.REENCODED, Removals())
HEAD = json.loads(wire.encode(CLEAN)[0])


@pytest.mark.parametrize(
    "answer", [CLEAN, SMALL, *map(Refusal, RefusalReason)], ids=lambda answer: str(answer)[:40]
)
def test_an_answer_comes_back_as_it_was(answer: CleanImage | Refusal) -> None:
    """Clean pictures, with a thumbnail or without, and refusals for any reason survive the journey."""
    head, *rest = wire.encode(answer)
    assert len(rest) == wire.frames_to_follow(head)
    assert wire.decode(head, *rest) == answer


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        json.dumps({"reason": "none of ours"}).encode(),
        json.dumps({"reason": ["damaged"]}).encode(),
        *(
            json.dumps({key: value for key, value in HEAD.items() if key != missing}).encode()
            for missing in HEAD
        ),
        json.dumps({**HEAD, "mimetype": "text/html"}).encode(),
        json.dumps({**HEAD, "mimetype": ["image/jpeg"]}).encode(),
        json.dumps({**HEAD, "width": "wide"}).encode(),
        json.dumps({**HEAD, "width": float("inf")}).encode(),
        json.dumps({**HEAD, "width": -3}).encode(),
        json.dumps({**HEAD, "height": None}).encode(),
        json.dumps({**HEAD, "outcome": "refused with love"}).encode(),
        json.dumps({**HEAD, "removed": ["place"]}).encode(),
        json.dumps({**HEAD, "removed": 7}).encode(),
        json.dumps({**HEAD, "removed": None}).encode(),
        json.dumps({**HEAD, "removed": {"everything": 1}}).encode(),
        *(
            json.dumps({**HEAD, "removed": {"place": count}}).encode()
            for count in (0, -1, 10_000, 10**30, 1.5, True, "4", None, [4], float("nan"))
        ),
        json.dumps({**HEAD, "thumbnail_size": [800]}).encode(),
        json.dumps({**HEAD, "thumbnail_size": "xy"}).encode(),
        b"[" * 4_000,
        json.dumps({**HEAD, "words": "x" * 10_000}).encode(),
    ],
    ids=lambda head: str(head[-40:]),
)
def test_what_is_no_answer_is_not_believed(head: bytes) -> None:
    """A head that is no JSON, lacks a part, or has one of another kind than ours is a broken answer."""
    with pytest.raises(wire.BrokenAnswerError):
        wire.decode(head, b"picture", b"small")
