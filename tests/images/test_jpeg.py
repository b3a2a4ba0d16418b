"""However oddly a JPEG is coded, it is carried over exactly, encoded again or refused, and keeps nothing unseen."""

import io
import itertools
import time

import mozjpeg_lossless_optimization as mozjpeg  # type: ignore[import-untyped]
import pytest
from PIL import Image, ImageDraw

from doctocbot.images import CleanImage, Outcome, Refusal, RefusalReason, Removed, scrub, scrubber, turbo
from tests.images import photos
from tests.images.coded_jpeg import EOI, JFIF, adobe
from tests.images.odd_jpegs import CARRIED_OVER, ENCODED_AGAIN, FLAT, INKS, NAME, PLAIN, REFUSED, SAME

# Pillow grumbles about the damage that was planted.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


def decoded(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@pytest.mark.parametrize("name", CARRIED_OVER)
def test_whatever_decodes_is_carried_over_exactly(name: str) -> None:
    """However oddly a picture is coded, the clean one decodes to the same samples and holds no word of the original."""
    answer = cleaned(CARRIED_OVER[name])
    original, output = decoded(CARRIED_OVER[name]), decoded(answer.data)
    assert answer.outcome is Outcome.LOSSLESS
    assert (original.mode, original.size) == (output.mode, output.size)
    assert original.tobytes() == output.tobytes()
    assert NAME not in answer.data


@pytest.mark.parametrize("name", ENCODED_AGAIN)
def test_what_cannot_be_carried_over_is_encoded_again(name: str) -> None:
    """A picture that decodes whole, but whose coefficients have no one table or hold unseen ones, is encoded anew."""
    answer = cleaned(ENCODED_AGAIN[name])
    assert answer.outcome is Outcome.REENCODED
    assert decoded(answer.data).size == decoded(ENCODED_AGAIN[name]).size


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_damaged_or_cut_is_refused(name: str) -> None:
    """Nothing is guessed: codes too few or too many, segments that overflow and unread processes are refused."""
    data, reason = REFUSED[name]
    assert scrub(data) == Refusal(reason)


@pytest.mark.parametrize("name", [*CARRIED_OVER, *ENCODED_AGAIN])
def test_cleaning_again_changes_nothing(name: str) -> None:
    """A clean JPEG, scrubbed again, stays as it is byte by byte and is said to carry nothing."""
    once = cleaned({**CARRIED_OVER, **ENCODED_AGAIN}[name])
    twice = cleaned(once.data)
    assert twice.data == once.data
    assert not twice.removed


def test_one_picture_has_one_form() -> None:
    """Numbers, slots, restarts, scan order and marker variants of an encoder do not show in the output."""
    outputs = {cleaned(data).data for data in SAME.values()}
    assert len(outputs) == 1


@pytest.mark.parametrize(
    "name",
    ["unused codes", "codes overwritten", "unused steps", "steps overwritten", "numbers that spell"],
)
def test_what_hides_in_tables_is_reported(name: str) -> None:
    """Tables that no scan uses and numbers that spell something count as carried along."""
    assert Removed.OTHER in cleaned(SAME[name]).removed


def test_steps_that_nothing_uses_are_blanked() -> None:
    """Of a flat picture one step shows; words in the place of the other 63 go, and the picture stays."""
    data = FLAT[NAME]
    assert NAME in data
    answer = cleaned(data)
    assert NAME not in answer.data
    assert decoded(answer.data).tobytes() == decoded(data).tobytes()
    assert answer.data == cleaned(FLAT[b"other words"]).data


def test_inks_stay_inverted_or_not() -> None:
    """Whether four inks are inverted stands in one marker, which neither appears nor disappears."""
    plain, inverted = cleaned(INKS.picture(JFIF)).data, cleaned(INKS.picture(adobe(0))).data
    assert "adobe" not in decoded(plain).info
    assert decoded(inverted).info["adobe_transform"] == 0


def test_a_page_coded_in_scans_of_its_own_does_not_swell() -> None:
    """A progressive page that would grow by half stays progressive; coded sequentially, it stays sequential."""
    sequential = saved_page()
    progressive = mozjpeg.optimize(sequential)
    outputs = cleaned(sequential).data, cleaned(progressive).data
    assert len(outputs[0]) > 1.2 * len(progressive) > len(outputs[1])
    assert ["progressive" in decoded(output).info for output in outputs] == [False, True]
    assert [cleaned(output).data for output in outputs] == list(outputs)


def test_a_copy_that_does_not_prove_equal_is_encoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the transcoder ever changed a picture, the pixels would be encoded anew and proved near enough."""
    carry_over, calls = turbo.transform, itertools.count()
    other = carry_over(CARRIED_OVER["4:4:4"])
    monkeypatch.setattr(
        turbo, "transform", lambda data, **options: carry_over(data, **options) if next(calls) else other
    )
    answer = cleaned(saved_page())
    assert answer.outcome is Outcome.REENCODED
    assert decoded(answer.data).size == (620, 877)


@pytest.mark.slow
@pytest.mark.parametrize("filling", [b"\xff", b"\xff\x00", b"\xff\xd0", b"\xff\xda\x00\x02"], ids=bytes.hex)
def test_a_bomb_of_markers_is_soon_done_with(filling: bytes) -> None:
    """Tens of megabytes of fill, stuffing, restarts or empty scans cost a second at most, and nothing comes of them."""
    for start in (b"\xff\xd8", PLAIN.picture(JFIF)[:-2]):
        begun = time.process_time()
        answer = scrub(start + filling * (30_000_000 // len(filling)) + EOI)
        assert time.process_time() - begun < 1
        assert isinstance(answer, Refusal) or answer.data == cleaned(PLAIN.picture(JFIF)).data


def test_what_grows_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An output that would not be taken in again for its size does not leave either."""
    data = mozjpeg.optimize(photos.jpeg())
    assert len(cleaned(data).data) > len(data)
    monkeypatch.setattr(scrubber, "MAX_BYTES", len(data))
    assert scrub(data) == Refusal(RefusalReason.TOO_LARGE)


def saved_page() -> bytes:
    page = Image.new("RGB", (620, 877), "white")
    for row in range(80, 200, 26):
        ImageDraw.Draw(page).text((80, row), "Lorem ipsum dolor sit amet consectetur", fill="black")
    buffer = io.BytesIO()
    page.save(buffer, "JPEG")
    return buffer.getvalue()
