"""Bad input in every field: shown as text, answered or left alone, and nothing lost."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctocbot.matrix import BOT_MARKER
from doctocbot.store import Database
from tests.chat.markup import text_of
from tests.desk import LEA, MARC, MODO, NORA, Desk
from tests.fakes.wiping import wipe

pytestmark = pytest.mark.slow

pytest_plugins = ["tests.desk_fixtures"]

MARKUP = '<script>x</script><a href="javascript:x" onclick="x">&lt;<b>'
FITS = 44_000


def check(desk: Desk) -> None:
    """Every message that the bot has sent is marked, fits into an event, and holds only markup of ours."""
    for event in desk.gateway.sent:
        weight = len(json.dumps(event.content, ensure_ascii=False).encode())
        assert weight < FITS, f"{event.type} of {weight} bytes"
        for content in (event.content, event.content.get("m.new_content", {})):
            # An author is told of answers; nobody is mentioned because of what somebody writes.
            assert content.get("m.mentions", {}) in ({}, {"user_ids": [LEA]})
            if "formatted_body" in content:
                text_of(content["formatted_body"])
        assert event.type == "m.reaction" or event.content[BOT_MARKER] is True


async def play(desk: Desk, words: str) -> None:
    """A whole case with these words wherever people write some."""
    desk.call(LEA, words)
    desk.call(MARC, words)
    await desk.say(LEA, f"!cas {words} #{words} #diagnostic")
    root = await desk.card_id()
    await desk.picture(LEA, "bras", caption=words)
    await desk.picture(NORA, "perdue", caption=words)
    said = await desk.say(MARC, f"!avis {words}", thread=root)
    await desk.react(NORA, said)
    answer = await desk.say(NORA, words, thread=root)
    await desk.react(MARC, answer, words)
    await desk.react(MARC, answer)
    await desk.say(MARC, "!avis rubéole", thread=root)
    await desk.say(NORA, f"!ref https://x.org/{words} {words}", thread=root)
    await desk.say(NORA, f"!contre 1 {words}", thread=root)
    await desk.say(LEA, f"!clore {words}", thread=root)
    await desk.say(LEA, f"!clore probable {words}", thread=root)
    await desk.say(LEA, "!quiz permettre", thread=root)
    for command in (
        "lescas",
        "résumé",
        "aide",
        "quiz",
        "mod",
        "jeter",
        "réponse",
        "rouvrir",
        "nonsense",
        words,
    ):
        await desk.say(LEA, f"!{command} {words}")
    for command in ("!résumé #1", "!lescas clos", f"!{words}", "!quiz #1", "!réponse A"):
        await desk.say(LEA, command)
    await desk.say(MODO, "!quiz stop")
    await desk.say(LEA, "!rouvrir #1")


@pytest.mark.parametrize(
    "words",
    [
        MARKUP,
        f"</h4></p></blockquote>{MARKUP}",
        "`{author}` {0} {n!r} %s %(x)s \\n \\u003c",
        "<mx-reply>x</mx-reply>",
        "@room https://matrix.to/#/@lea:clinic.example",
        "\u202eodnum\u202c \u200b\ufeff \x00\x07",
        "'; DROP TABLE medical_case; --",
        "#12 #13",
        "👩🏽‍⚕️" * 20,
        "a\nb\n\n\nc",
        "٣ ½ ² Ⅷ",
    ],
)
async def test_words_stay_words_wherever_they_are_shown(desk: Desk, words: str) -> None:
    """In the text, the nickname, the tag, the outcome, the opinion, the reference, the caption, the reason."""
    await play(desk, words)
    check(desk)
    assert await desk.value("SELECT count(*) FROM inbox WHERE state != 'done'") == 0
    assert "#1" in await desk.card()


@pytest.mark.parametrize("piece", ["é ", "😀", "<&>\"'", "x\n", "#tag https://x.org/a "])
async def test_sixty_kilobytes_in_every_field_can_be_sent(desk: Desk, piece: str) -> None:
    """Nothing is lost because somebody wrote too much."""
    await play(desk, piece * (60_000 // len(piece.encode())))
    check(desk)
    assert await desk.value("SELECT count(*) FROM inbox WHERE state != 'done'") == 0


@settings(
    max_examples=settings().max_examples // 10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.text(min_size=1, max_size=60))
async def test_no_words_break_a_case(encrypted_database: Database, words: str) -> None:
    """Whatever is typed: every event is handled, every message can be sent and drawn."""
    await encrypted_database.run(wipe)
    desk = Desk(encrypted_database)
    await desk.open_room()
    await play(desk, words)
    check(desk)
    assert await desk.value("SELECT count(*) FROM inbox WHERE state != 'done'") == 0


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.sampled_from(["!cas x", "$e1", "$bot1", "m.image"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["event_id", "body", "key"]), inner)
    ),
    max_leaves=4,
)
NAMES = st.sampled_from(
    ["msgtype", "body", "filename", "m.new_content", "m.relates_to", "m.in_reply_to", "rel_type", "event_id", "file",
     "info", "redacts", "org.matrix.msc3381.poll.response", "m.selections"]
)  # fmt: skip
TYPES = st.sampled_from(
    ["m.room.message", "m.reaction", "m.room.redaction", "m.sticker", "org.matrix.msc3381.poll.response"]
)
RELATION = st.fixed_dictionaries(
    {},
    optional={
        "rel_type": st.sampled_from(["m.thread", "m.replace", "m.annotation", "m.reference", 5]),
        "event_id": st.sampled_from(["$e1", "$bot1", "$bot2", "", None, 5]),
        "key": st.sampled_from(["👍", "", None]),
        "m.in_reply_to": st.sampled_from([{"event_id": "$bot1"}, {"event_id": 5}, "x", None]),
        "is_falling_back": st.sampled_from([True, "x"]),
    },
)


@pytest.mark.slow
@settings(
    max_examples=settings().max_examples // 3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(TYPES, st.dictionaries(NAMES, JSON, max_size=5), RELATION), min_size=1, max_size=4))
async def test_no_content_breaks_the_bot(
    encrypted_database: Database, strange: list[tuple[str, dict[str, object], dict[str, object]]]
) -> None:
    """Events of any shape are handled or ignored, and the next case is opened as ever."""
    await encrypted_database.run(wipe)
    desk = Desk(encrypted_database)
    await desk.open_room()
    await desk.say(LEA, "!cas Enfant")
    for type_, content, relation in strange:
        await desk.do(
            MARC,
            type_,
            {**content, "m.relates_to": relation},
            redacts="$e1" if "redacts" in content else None,
        )
    assert await desk.value("SELECT count(*) FROM inbox WHERE state = 'failed'") == 0
    await desk.say(NORA, "!cas Adulte")
    check(desk)
    assert "Adulte" in await desk.card(int(await desk.value("SELECT max(id) FROM medical_case")))
