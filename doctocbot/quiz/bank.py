"""A bank of questions as a YAML file: read and checked as a whole, every fault with its line. Pure.

The schema stands in docs/quiz-bank.md. YAML's aliases are refused: a few of them can mean more words than fit anywhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from doctocbot.chat.wording import LANGUAGES
from doctocbot.guard import find_identifiers
from doctocbot.quiz.distractors import means_same
from doctocbot.quiz.model import LETTERS, Option, QuestionKind

_LONGEST_FILE, _DEEPEST, _MOST_QUESTIONS = 2_000_000, 12, 2_000
_LONGEST = {"stem": 1_200, "explanation": 1_000, "text": 200, "why": 300, "words": 300, "id": 60}
_MOST_ACCEPTED, _MOST_PICTURES, _MOST_TAGS, _MOST_REFERENCES = 20, 4, 10, 10
_NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*\Z")
_TAG = re.compile(r"[\w-]{1,40}\Z")
_DOI = re.compile(r"doi:\s?(10\.\d{4,9}/\S+)\Z", re.IGNORECASE)
_PMID = re.compile(r"pmid:\s?(\d{4,9})\Z", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"']+\.[^\s<>\"']+\Z")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong in a line of the file: `what` is a sentence of the catalogue (`bank.<what>`), with its values."""

    line: int
    what: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BankPicture:
    """A picture of a question: its file beside the bank's, and the same in words; `line` is where it stands."""

    file: str
    words: str
    line: int


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """One question of a bank; `key` names it in the database."""

    key: str
    language: str
    kind: QuestionKind
    tags: tuple[str, ...]
    stem: str
    options: tuple[Option, ...]
    explanation: str
    references: tuple[str, ...]
    pictures: tuple[BankPicture, ...]


@dataclass(frozen=True, slots=True)
class Bank:
    """A file as it was read: its name, its questions, and its faults, in the order of their lines."""

    name: str
    questions: tuple[BankQuestion, ...]
    faults: tuple[Fault, ...]


def read(text: str) -> Bank:
    """Read a bank and find everything that is wrong with it; with a fault there is nothing to import."""
    reader = _Reader()
    name, questions = "", list[BankQuestion]()
    node = reader.compose(text)
    if node is not None:
        name, questions = reader.bank(node)
    return Bank(name, tuple(questions), tuple(sorted(set(reader.faults))))


class _Reader:
    """Walks the nodes of a file and notes what is wrong with them, each at its line."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def compose(self, text: str) -> Node | None:
        """The nodes of a file, or None where it is not YAML that may be read."""
        if len(text) > _LONGEST_FILE:
            self.faults.append(Fault(1, "too-large", (("most", str(_LONGEST_FILE)),)))
            return None
        try:
            depth = 0
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
                    event, yaml.CollectionEndEvent
                )
                line = _line(event.start_mark)
                if isinstance(event, yaml.AliasEvent):
                    self.faults.append(Fault(line, "alias"))
                    return None
                if depth > _DEEPEST:
                    self.faults.append(Fault(line, "too-deep"))
                    return None
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self.faults.append(Fault(_line(mark), "no-yaml"))
            return None
        if node is None:
            self.faults.append(Fault(1, "empty"))
        return node

    def bank(self, node: Node) -> tuple[str, list[BankQuestion]]:
        """The whole file."""
        top = self._mapping(node, required=("bank", "language", "questions"))
        name, language = self._name(top, "bank"), self._word(top, "language")
        if language and language not in LANGUAGES:
            self._fault(top["language"], "language", languages=", ".join(LANGUAGES))
        entries = self._entries(top, "questions", _MOST_QUESTIONS)
        seen: dict[str, int] = {}
        questions = []
        for entry in entries:
            found = self._question(entry, name, language)
            line = seen.setdefault(found.key, _line(entry.start_mark))
            if line != _line(entry.start_mark):
                self._fault(entry, "same-id", id=found.key.partition("/")[2], line=str(line))
            questions.append(found)
        return name, questions

    def _question(self, node: Node, bank: str, language: str) -> BankQuestion:
        fields = self._mapping(
            node,
            required=("id", "kind", "stem", "references"),
            optional=("tags", "choices", "accepted", "explanation", "pictures"),
        )
        said = self._kind(fields)
        kind = said or (QuestionKind.FREE if "accepted" in fields else QuestionKind.SEVERAL)
        own, other = ("accepted", "choices") if kind is QuestionKind.FREE else ("choices", "accepted")
        if said is not None and other in fields:
            self._fault(fields[other], "not-of-kind", field=other, kind=kind)
        if said is not None and own not in fields:
            self._fault(node, "missing", field=own)
        options = self._accepted(fields) if kind is QuestionKind.FREE else self._choices(fields, kind)
        return BankQuestion(
            key=f"{bank}/{self._name(fields, 'id')}",
            language=language,
            kind=kind,
            tags=tuple(self._tags(fields)),
            stem=self._words(fields, "stem"),
            options=tuple(options),
            explanation=self._words(fields, "explanation"),
            references=tuple(self._references(fields)),
            pictures=tuple(self._pictures(fields)),
        )

    def _kind(self, fields: Mapping[str, Node]) -> QuestionKind | None:
        word = self._word(fields, "kind")
        if word in list(QuestionKind):
            return QuestionKind(word)
        if "kind" in fields:
            self._fault(fields["kind"], "kind", kinds=", ".join(QuestionKind))
        return None

    def _choices(self, fields: Mapping[str, Node], kind: QuestionKind) -> Iterator[Option]:
        entries = self._entries(fields, "choices", len(LETTERS))
        if "choices" in fields and len(entries) < 2:
            self._fault(fields["choices"], "too-few", field="choices", least="2")
        found: list[Option] = []
        for entry in entries:
            choice = self._mapping(entry, required=("text",), optional=("right", "why"))
            option = Option(
                self._words(choice, "text"), self._yes(choice, "right"), self._words(choice, "why")
            )
            self._not_again(entry, option, found)
            found.append(option)
        right = sum(option.is_right for option in found)
        if found and (right == 0 or (kind is QuestionKind.ONE and right > 1)):
            self._fault(fields["choices"], "right-one" if kind is QuestionKind.ONE else "right-several")
        yield from found

    def _accepted(self, fields: Mapping[str, Node]) -> Iterator[Option]:
        entries = self._entries(fields, "accepted", _MOST_ACCEPTED)
        if "accepted" in fields and not entries:
            self._fault(fields["accepted"], "too-few", field="accepted", least="1")
        for entry in entries:
            yield Option(self._text(entry, "text"), is_right=True)

    def _not_again(self, node: Node, option: Option, before: list[Option]) -> None:
        same = next((each for each in before if means_same(option.text, each.text)), None)
        if option.text and same is not None:
            self._fault(node, "same-choice", choice=same.text)

    def _tags(self, fields: Mapping[str, Node]) -> Iterator[str]:
        for entry in self._entries(fields, "tags", _MOST_TAGS):
            tag = self._text(entry, "id").lstrip("#")
            if _TAG.match(tag):
                yield tag
            else:
                self._fault(entry, "tag")

    def _references(self, fields: Mapping[str, Node]) -> Iterator[str]:
        entries = self._entries(fields, "references", _MOST_REFERENCES)
        if "references" in fields and not entries:
            self._fault(fields["references"], "too-few", field="references", least="1")
        for entry in entries:
            address = _address(self._scalar(entry))
            if address is None:
                self._fault(entry, "reference")
            else:
                yield address

    def _pictures(self, fields: Mapping[str, Node]) -> Iterator[BankPicture]:
        for entry in self._entries(fields, "pictures", _MOST_PICTURES):
            picture = self._mapping(entry, required=("file", "words"))
            name = self._word(picture, "file")
            path = PurePosixPath(name)
            if name and (path.is_absolute() or ".." in path.parts or "\\" in name):
                self._fault(picture["file"], "outside")
            yield BankPicture(name, self._words(picture, "words"), _line(entry.start_mark))

    # -- single values

    def _mapping(
        self, node: Node, *, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, Node]:
        """The fields of a mapping: each known, each once, none that is required left out."""
        if not isinstance(node, MappingNode):
            self._fault(node, "no-mapping", fields=", ".join(required))
            return {}
        fields: dict[str, Node] = {}
        for key, value in node.value:
            name = self._scalar(key)
            if name not in (*required, *optional):
                self._fault(key, "unknown", field=name[:40], fields=", ".join((*required, *optional)))
            elif name in fields:
                self._fault(key, "twice", field=name)
            else:
                fields[name] = value
        for name in required:
            if name not in fields:
                self._fault(node, "missing", field=name)
        return fields

    def _entries(self, fields: Mapping[str, Node], name: str, most: int) -> list[Node]:
        node = fields.get(name)
        if node is None:
            return []
        if not isinstance(node, SequenceNode):
            self._fault(node, "no-list", field=name)
            return []
        if len(node.value) > most:
            self._fault(node, "too-many", field=name, most=str(most))
        return list(node.value)

    def _words(self, fields: Mapping[str, Node], name: str) -> str:
        """Words that people will read, or nothing where the field is left out."""
        return self._text(fields[name], name) if name in fields else ""

    def _text(self, node: Node, name: str) -> str:
        text = self._scalar(node)
        if not text:
            self._fault(node, "no-words", field=name)
        if len(text) > _LONGEST[name]:
            self._fault(node, "too-long", field=name, most=str(_LONGEST[name]))
        elif find_identifiers(text):
            self._fault(node, "identifies", field=name)
        return text

    def _word(self, fields: Mapping[str, Node], name: str) -> str:
        return self._scalar(fields[name]) if name in fields else ""

    def _name(self, fields: Mapping[str, Node], name: str) -> str:
        found = self._word(fields, name)
        if name in fields and (not _NAME.match(found) or len(found) > _LONGEST["id"]):
            self._fault(fields[name], "id", field=name)
        return found

    def _yes(self, fields: Mapping[str, Node], name: str) -> bool:
        word = self._word(fields, name)
        if name in fields and word not in ("true", "false"):
            self._fault(fields[name], "yes-or-no", field=name)
        return word == "true"

    def _scalar(self, node: Node) -> str:
        if not isinstance(node, ScalarNode):
            self._fault(node, "no-text")
            return ""
        return str(node.value).strip()

    def _fault(self, node: Node, what: str, **values: str) -> None:
        self.faults.append(Fault(_line(node.start_mark), what, tuple(sorted(values.items()))))


def _line(mark: Any) -> int:
    """The line of a place in the file, as people count."""
    return int(mark.line) + 1 if mark is not None else 1


def _address(reference: str) -> str | None:
    """The address of a reference: a link, `doi:…` or `pmid:…`; None for anything else."""
    if found := _DOI.match(reference):
        return f"https://doi.org/{found[1]}"
    if found := _PMID.match(reference):
        return f"https://pubmed.ncbi.nlm.nih.gov/{found[1]}/"
    return reference if _ADDRESS.match(reference) else None
