"""The project's documents, and what stands in them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("README*.md"),
        ROOT / "CHANGELOG.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "deploy").glob("**/*.md"),
    ]
)

_FENCE = re.compile(r"^```.*?^```", re.M | re.S)
_INLINE = re.compile(r"`([^`\n]+)`")


def name_of(page: Path) -> str:
    """How a page is called in a test's output."""
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """A page without what is typed, addresses and markup."""
    text = _FENCE.sub(" ", page.read_text(encoding="utf-8"))
    text = _INLINE.sub(" ", text)
    text = re.sub(r"\]\([^)]*\)", " ", text)
    return re.sub(r"https?://\S+|<[^>]+>", " ", text)


def typed(page: Path) -> Iterator[str]:
    """What a page shows as typed: each line of its blocks, and each inline piece."""
    text = page.read_text(encoding="utf-8")
    for block in _FENCE.findall(text):
        yield from (line.strip() for line in block.splitlines()[1:-1] if line.strip())
    yield from _INLINE.findall(_FENCE.sub(" ", text))
