"""Links in the documents lead somewhere: files of ours exist, headings too; nothing is fetched from outside."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, name_of

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as the usual renderers make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    found = re.findall(r"^#+ (.+)$", text, re.M)
    return {
        re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).strip().replace(" ", "-")
        for heading in found
    }


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Addresses outside are secure ones and are not asked: tests talk to this machine alone."""
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            assert target.startswith(("https://", "tel:")), target
            continue
        name, _, heading = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{target} in {name_of(page)}"
        assert there.is_relative_to(ROOT)
        if heading:
            assert heading in anchors(there), f"{target} in {name_of(page)}"


def test_every_page_is_reached_from_the_readme() -> None:
    """A page that nobody finds is not written."""
    seen: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        names = (target.partition("#")[0] for target in _LINK.findall(page.read_text(encoding="utf-8")))
        todo += [(page.parent / name).resolve() for name in names if name and ":" not in name]
    assert {name_of(page) for page in PAGES} - {name_of(page) for page in seen} == set()
