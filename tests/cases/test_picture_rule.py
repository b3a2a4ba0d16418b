"""No picture ever joins the wrong case: any course of events against a plain restatement of the rule."""

from dataclasses import dataclass, field

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from doctocbot.store import Database
from tests.desk import LEA, MARC, MINUTE, Desk
from tests.fakes.wiping import wipe

pytest_plugins = ["tests.desk_fixtures"]

# Léa is the one who does much at once; Marc's case is there from the beginning.
SECONDS = st.sampled_from([1, 1, 1, 60, 61, 119, 120, 121, 300, 599, 600, 601])
PEOPLE = st.sampled_from([LEA, LEA, MARC])
WHICH = st.sampled_from([1, 1, 2, 3])
SIMPLE = st.sampled_from(["case", "case", "captioned case", "picture", "picture", "picture", "words"])
ABOUT_A_CASE = st.sampled_from(["picture in thread", "picture in reply", "close", "withdraw"])
ACTS = st.one_of(
    st.tuples(SIMPLE, PEOPLE, st.just(1)),
    st.tuples(SIMPLE, PEOPLE, st.just(1)),
    st.tuples(ABOUT_A_CASE, PEOPLE, WHICH),
)


@dataclass
class PlainCase:
    """A case as the rule sees it."""

    author: str
    opened_at: int
    state: str = "open"
    pictures: list[str] = field(default_factory=list)


@dataclass
class Rule:
    """DESIGN section 3, way 2, in the plainest words."""

    cases: list[PlainCase] = field(default_factory=list)
    loose: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    def open(self, who: str, now: int) -> None:
        """A case takes the author's pictures of the last two minutes, if nothing of theirs came in between."""
        recent = [name for name, sent_at in self.loose.pop(who, []) if now - sent_at <= 2 * MINUTE]
        self.cases.append(PlainCase(who, now, pictures=recent))

    def post(self, who: str, name: str, now: int) -> None:
        """For ten minutes a picture joins the author's latest case, if that is open; else it waits."""
        latest = [case for case in self.cases if case.author == who][-1:]
        if latest and latest[0].state == "open" and now - latest[0].opened_at <= 10 * MINUTE:
            latest[0].pictures.append(name)
        else:
            self.loose.setdefault(who, []).append((name, now))

    def post_to(self, who: str, name: str, case: PlainCase) -> None:
        """A thread or a reply decides: the author's own case gets it, any other none."""
        self.loose.pop(who, None)
        if case.author == who and case.state != "withdrawn":
            case.pictures.append(name)

    def withdraw(self, case: PlainCase) -> None:
        """With the words go the pictures."""
        case.state, case.pictures = "withdrawn", []


@dataclass
class Play:
    """The bot and the rule, side by side."""

    desk: Desk
    rule: Rule = field(default_factory=Rule)
    sources: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        """A room in which Marc has a case."""
        await self.desk.open_room()
        await self.act("case", MARC, 1, metadata=True)

    async def act(self, act: str, who: str, which: int, *, metadata: bool) -> None:
        """Somebody does something, if it can be done."""
        desk, rule = self.desk, self.rule
        name = f"picture {desk.now}"
        case = rule.cases[which - 1] if which <= len(rule.cases) else None
        match act:
            case "case":
                self.sources.append(await desk.say(who, "!cas Question"))
                rule.open(who, desk.now)
            case "captioned case":
                self.sources.append(await desk.picture(who, name, caption="!cas Question", metadata=metadata))
                rule.open(who, desk.now)
                rule.cases[-1].pictures.append(name)
            case "picture":
                await desk.picture(who, name, metadata=metadata)
                rule.post(who, name, desk.now)
            case "words":
                await desk.say(who, "Bonjour")
                rule.loose.pop(who, None)
            case "picture in thread" if case:
                await desk.picture(who, name, metadata=metadata, thread=await desk.card_id(which))
                rule.post_to(who, name, case)
            case "picture in reply" if case:
                await desk.picture(who, name, metadata=metadata, reply=self.sources[which - 1])
                rule.post_to(who, name, case)
            case "close" if case and case.author == who and case.state == "open":
                await desk.say(who, f"!clore #{which} rien")
                rule.loose.pop(who, None)
                case.state = "closed"
            case "withdraw" if case and case.author == who:
                await desk.redact(who, self.sources[which - 1])
                rule.withdraw(case)


@settings(
    max_examples=settings().max_examples // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(SECONDS, ACTS, st.booleans()), min_size=3, max_size=12))
@example(
    course=[
        (1, ("picture", LEA, 1), False),
        (1, ("picture in thread", LEA, 1), False),
        (1, ("case", LEA, 1), False),
    ]
)
async def test_every_picture_is_where_the_rule_puts_it(
    encrypted_database: Database, course: list[tuple[int, tuple[str, str, int], bool]]
) -> None:
    """Two people, their cases and their pictures, in any order and at any pace."""
    await encrypted_database.run(wipe)
    play = Play(Desk(encrypted_database))
    await play.begin()
    for seconds, (act, who, which), metadata in course:
        play.desk.later(seconds=seconds - 1)
        await play.act(act, who, which, metadata=metadata)
    shown = [sorted(await play.desk.pictures(number + 1)) for number in range(len(play.rule.cases))]
    assert shown == [sorted(case.pictures) for case in play.rule.cases]
