"""The life of a case in its room: opened, answered, corrected, withdrawn."""

from doctocbot.matrix.errors import Unreachable
from tests.desk import LEA, MARC, MODO, NORA, OTHER_ROOM, ROOM, Desk
from tests.fakes.roomstates import state_event

pytest_plugins = ["tests.desk_fixtures"]

WORDS = "Enfant de 3 ans, pas de ROR, éruption ce matin #diagnostic #dermato"


async def test_the_root_of_the_thread_never_holds_the_words_of_the_case(desk: Desk) -> None:
    """The card comes without them, and the edit right after it brings them, so that they can go again."""
    await desk.say(LEA, f"!cas {WORDS}")
    card, edit = desk.gateway.sent
    assert card.body.startswith("#1 · diagnostic · dermato · ouvert")
    assert "Enfant" not in str(card.content)
    assert edit.edits == card.event_id
    assert "Enfant de 3 ans" in edit.body
    assert "Enfant" not in str({key: value for key, value in edit.content.items() if key != "m.new_content"})


async def test_the_card_says_in_one_line_whether_there_is_an_answer(desk: Desk) -> None:
    """Number, kind, tags, state, answers, and how soon the first came."""
    await desk.say(LEA, f"!cas {WORDS}")
    assert (await desk.card()).startswith("#1 · diagnostic · dermato · ouvert — pas encore de réponse\n")
    desk.later(minutes=7)
    await desk.say(MARC, "rubéole", thread=await desk.card_id())
    first_line = (await desk.card()).split("\n")[0]
    assert first_line == "#1 · diagnostic · dermato · ouvert — 1 réponse · première en 7 min"


async def test_one_message_in_the_timeline_for_each_case(desk: Desk) -> None:
    """Whatever happens to it; everything else stands in the thread."""
    await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    await desk.picture(LEA, "bras")
    answer = await desk.say(MARC, "!avis rubéole", thread=root)
    await desk.react(NORA, answer)
    await desk.say(LEA, "!clore probable rubéole", thread=root)
    assert [event.event_id for event in desk.timeline()] == [root]


async def test_answers_count_in_the_thread_and_as_replies_outside_it(desk: Desk) -> None:
    """Phones may not show threads: a reply to the card, to an answer or to the question will do."""
    source = await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    inside = await desk.say(MARC, "rubéole ?", thread=root)
    await desk.say(NORA, "rougeole", reply=root)
    await desk.say(NORA, "ou roséole", reply=inside)
    await desk.say(MARC, "vacciné ?", reply=source)
    await desk.say(NORA, "en réponse, dans le fil", thread=root, reply=inside)
    assert "5 réponses" in await desk.card()


async def test_what_the_author_says_is_no_answer(desk: Desk) -> None:
    """Neither in the thread nor as a reply."""
    await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    await desk.say(LEA, "Il joue normalement", thread=root)
    await desk.say(LEA, "Des idées ?", reply=root)
    assert "pas encore de réponse" in await desk.card()


async def test_talk_beside_a_case_is_no_answer(desk: Desk) -> None:
    """In the timeline, in other threads, as replies to something else, from bots."""
    await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    talk = await desk.say(MARC, "Bonjour à tous")
    await desk.say(NORA, "Bonjour", reply=talk)
    await desk.say(NORA, "Bonjour", thread=talk)
    await desk.say(NORA, "message automatique", msgtype="m.notice", thread=root)
    await desk.say(NORA, "en clair", thread=root, encrypted=False)
    assert "pas encore de réponse" in await desk.card()


async def test_a_burst_of_answers_is_shown_by_one_edit(desk: Desk) -> None:
    """The card is drawn when it is sent, with all that has come by then."""
    await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    before = len(desk.gateway.sent)
    said = [desk.event(MARC, "m.room.message", {"msgtype": "m.text", "body": f"avis {n}"}, thread=root)
            for n in range(150)]  # fmt: skip
    await desk.arrive(*said)
    await desk.settle()
    # And their author is mentioned once.
    assert len(desk.gateway.sent) == before + 2
    assert "150 réponses" in await desk.card()


async def test_a_correction_by_the_author_takes_the_old_words_out_of_the_room(desk: Desk) -> None:
    """Earlier versions stay readable in Element unless the edits that held them are redacted."""
    source = await desk.say(LEA, "!cas Enfant de la boulangère, 3 ans #dermato")
    await desk.say(MARC, "rubéole", thread=await desk.card_id())
    await desk.say(MARC, "!résumé #1")
    assert "boulangère" in desk.readable()
    await desk.edit(LEA, source, "!cas Enfant D., 3 ans #pédiatrie")
    card = await desk.card()
    assert "Enfant D., 3 ans" in card
    assert "pédiatrie" in card
    assert "1 réponse" in card
    assert "boulangère" not in desk.readable()


async def test_nobody_else_corrects_a_case(desk: Desk) -> None:
    """Not by an edit of the author's message, which no client would show either."""
    source = await desk.say(LEA, f"!cas {WORDS}")
    before = await desk.card()
    await desk.edit(MARC, source, "!cas Tout autre chose")
    await desk.edit(MODO, source, "!cas Tout autre chose")
    assert await desk.card() == before


async def test_a_correction_may_leave_the_command_out(desk: Desk) -> None:
    """Element edits the whole message; whoever deletes the `!cas` still means the case."""
    source = await desk.say(LEA, "!cas Enfant de 3 ans")
    await desk.edit(LEA, source, "Enfant de 4 ans")
    assert "> Enfant de 4 ans" in await desk.card()
    assert await desk.value("SELECT count(*) FROM medical_case") == 1


async def test_the_author_withdraws_a_case_by_deleting_their_message(desk: Desk) -> None:
    """Text, pictures, opinions, the card and all that was said of it go; one line says that it was withdrawn."""
    source = await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    await desk.picture(LEA, "bras")
    answer = await desk.say(MARC, "!avis Gianotti-Crosti", thread=root)
    await desk.react(NORA, answer)
    await desk.say(NORA, "!résumé #1")
    await desk.redact(LEA, source)
    assert desk.gone(root)
    assert desk.gone(answer)
    (line,) = desk.timeline()
    assert "cas #1 a été retiré" in line.body
    for word in ("Enfant", "ROR", "Gianotti"):
        assert word not in desk.readable()
    assert await desk.pictures() == []


async def test_a_withdrawn_case_keeps_no_words_in_the_database(desk: Desk) -> None:
    """Number, state and counts stay."""
    source = await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    await desk.picture(LEA, "bras", caption="Enfant au bras rouge")
    await desk.say(MARC, "!avis Enfant sain", thread=root)
    await desk.say(NORA, "Enfant à revoir https://x.org/Enfant", thread=root)
    await desk.redact(LEA, source)
    dump = await desk.database.run(
        lambda tx: [
            tuple(row)
            for table in (
                "medical_case",
                "answer",
                "opinion",
                "reference",
                "picture",
                "vote",
                "inbox",
                "outbox",
            )
            for row in tx.rows(f"SELECT * FROM {table}")  # noqa: S608 (our own tables)
        ]
    )
    assert "Enfant" not in str(dump)
    assert b"bras" not in [row for rows in dump for row in rows]
    assert await desk.value("SELECT data FROM attachment") is None
    assert await desk.value("SELECT count(*) FROM answer") == 2


async def test_a_refusal_repeats_no_outcome(desk: Desk) -> None:
    """Asked how certain it is, the author does not see their words again, so that no withdrawal misses them."""
    source = await desk.say(LEA, "!cas Enfant de 3 ans #diagnostic")
    asked = await desk.say(LEA, "!clore Gianotti-Crosti", thread=await desk.card_id())
    assert "!clore #1 probable" in desk.answers_to(asked)[0]
    await desk.redact(LEA, source)
    assert "Gianotti" not in desk.readable()


async def test_a_moderator_withdraws_a_case_by_deleting_its_card(desk: Desk) -> None:
    """Whoever may redact the card takes the whole case out of the room."""
    await desk.say(LEA, f"!cas {WORDS}")
    await desk.redact(MODO, await desk.card_id())
    assert "Enfant" not in desk.readable()
    assert await desk.value("SELECT state FROM medical_case") == "pulled"


async def test_an_answer_that_is_deleted_counts_no_more(desk: Desk) -> None:
    """By its author or by a moderator."""
    await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    answers = [await desk.say(MARC, f"avis {n}", thread=root) for n in range(3)]
    await desk.redact(MARC, answers[0])
    await desk.redact(MODO, answers[1])
    assert "1 réponse ·" in await desk.card()


async def test_a_withdrawn_case_takes_nothing_more(desk: Desk) -> None:
    """Answers, opinions and outcomes after it are refused or not counted; an edit brings no words back."""
    source = await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    await desk.redact(LEA, source)
    await desk.say(MARC, "Enfant sain", thread=root)
    (told,) = desk.answers_to(await desk.say(MARC, "!avis rubéole", thread=root))
    assert "retiré" in told
    await desk.edit(LEA, source, "!cas Enfant de 3 ans")
    assert "Enfant" not in desk.readable()


async def test_a_case_that_is_withdrawn_before_its_card_is_complete_never_shows_its_words(desk: Desk) -> None:
    """Deleted within the second: what was not sent yet never is, and nobody needs to be told."""
    case = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": f"!cas {WORDS}"})
    gone = desk.event(LEA, "m.room.redaction", {}, redacts=case.event_id, encrypted=False)
    await desk.arrive(case, gone)
    await desk.settle()
    assert desk.gateway.sent == []


async def test_a_case_of_sixty_kilobytes_is_opened_and_its_card_can_be_sent(desk: Desk) -> None:
    """The card shows what fits; nothing of the case is lost."""
    text = "Enfant de 3 ans, éruption. " * 2_200
    await desk.say(LEA, f"!cas {text}")
    assert all(len(str(event.content).encode()) < 44_000 for event in desk.gateway.sent)
    assert (await desk.card()).endswith("…")
    assert await desk.value("SELECT text FROM medical_case") == text.strip()


async def test_an_emoji_is_a_case(desk: Desk) -> None:
    """Whatever people find worth asking."""
    await desk.say(LEA, "!cas 👶🔴❓")
    assert "> 👶🔴❓" in await desk.card()


async def test_numbers_run_over_all_rooms_and_a_room_knows_only_its_own(desk: Desk) -> None:
    """The number of another room's case is answered like one that does not exist."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(LEA, "!cas Enfant de 3 ans")
    await desk.say(NORA, "!cas Autre salon, autre cas", room=OTHER_ROOM)
    foreign = await desk.card_id(2)
    for command in (
        "!résumé #{}",
        "!avis #{} x",
        "!clore #{} x",
        "!quiz #{}",
        "!quiz permettre #{}",
        "!jeter #{} 1",
    ):
        told = [desk.answers_to(await desk.say(LEA, command.format(number)))[0] for number in (2, 999)]
        assert told[0].replace("#2", "#n") == told[1].replace("#999", "#n")
    assert "Autre" not in desk.answers_to(await desk.say(LEA, "!lescas"))[0]
    assert desk.latest(foreign)["body"].startswith("#2")


async def test_the_thread_of_another_rooms_case_leads_nowhere(desk: Desk) -> None:
    """A forged relation to a card elsewhere neither answers nor closes it, and shows nothing of it."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(NORA, "!cas Autre salon", room=OTHER_ROOM)
    root = await desk.card_id()
    before = await desk.card()
    await desk.say(LEA, "un avis", thread=root, room=ROOM)
    (told,) = desk.answers_to(await desk.say(LEA, "!avis rubéole", thread=root, room=ROOM))
    assert "Pour quel cas" in told
    await desk.say(NORA, "!clore rubéole", thread=root, room=ROOM)
    assert await desk.card() == before


async def test_a_room_in_english_reads_english(desk: Desk) -> None:
    """A moderator chooses; French commands go on working."""
    (told,) = desk.answers_to(await desk.say(LEA, "!mod set language en"))
    assert "modération" in told
    await desk.say(MODO, "!mod set language en")
    await desk.say(LEA, "!cas Child of 3 #diagnosis")
    assert (await desk.card()).startswith("#1 · diagnosis · open — no answer yet")


async def test_the_card_is_there_after_a_failing_connection(desk: Desk, no_waiting: None) -> None:
    """A case survives a homeserver that is away, and shows once."""
    desk.gateway.failures.extend(Unreachable("NO_ANSWER") for _ in range(2))
    await desk.say(LEA, f"!cas {WORDS}")
    assert [event.event_id for event in desk.timeline()] == [await desk.card_id()]


async def test_a_new_name_of_the_author_is_shown_at_the_next_change(desk: Desk) -> None:
    """The card draws the room as it is when it is sent."""
    await desk.say(LEA, f"!cas {WORDS}")
    desk.call(LEA, "Dr Léa Martin")
    desk.change(state_event("m.room.topic", {"topic": "x"}))
    await desk.say(MARC, "rubéole", thread=await desk.card_id())
    assert "par Dr Léa Martin" in await desk.card()
