"""File names: cameras, scanners and people put dates and names into them.

Known by an ending that programs give to pictures, papers and recordings, or by how telephones, cameras, messengers and screen
captures number what they store.
"""

import re
from collections.abc import Iterator

from doctocbot.guard.findings import Passage, spans
from doctocbot.guard.vocabulary import bare, is_name

_ENDING = re.compile(
    r"\.(?:jpe?g|jfif|png|gif|bmp|tiff?|webp|hei[cf]|avif|dng|cr2|nef|arw|pdf|docx?|odt|rtf|txt|xlsx?|ods|csv|pptx?|odp|dcm"
    r"|dicom|nii|zip|rar|7z|tgz|mp[34]|m4[av]|mov|avi|mkv|webm|wav|ogg|opus|aac|amr|3gp|hl7|xml|eml|msg|edf)(?:\.(?:gz|enc))?(?![\w@])",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"[\w\-+~%&#.'()\[\]]")
_NUMBERED = re.compile(
    r"(?<!\w)(?:(?:IMG|DSC[NF]?|DSC|PXL|VID|MVI|PANO|PTT|AUD|DCIM|GOPR|SCAN|Scan|scan|MOV|WA|STK|P10|FILE|Doc|DOC|Photo|photo"
    r"|Image|image|Numerisation|numerisation|Screenshot|screenshot|Screen_Shot|signal)[_\-]{1,2}[0-9]{3,14}(?:[_\-.][\w]{1,20}){0,4}"
    r"|(?:IMG|DSC[NF]?|PXL|SCAN|Scan|scan|DCIM|CamScanner) ?[0-9]{4,14}(?:[_\-][\w]{1,20}){0,3}"
    r"|WhatsApp (?:Image|Video|Audio|Ptt) [0-9]{4}-[0-9]{2}-[0-9]{2}(?: (?:at|a) [0-9.]{4,10}){0,1}"
    r"|(?:Screenshot|Capture d'ecran|Screen Shot|Photo|CamScanner|Scan)(?: du| le| from)? [0-9]{4}-[0-9]{2}-[0-9]{2}(?: (?:at|a) [0-9.]{4,10}| [0-9]{2}\.[0-9]{2}){0,1})"
    r"(?:\.[A-Za-z0-9]{3,4})?(?!\w)"
)
# dupont_marie, IRM_Dupont_2024: words tied together, one of them a name.
_TIED = re.compile(
    r"(?<![\w@/.])(?=[A-Za-z0-9\-]{0,30}_)[A-Za-z0-9\-]{1,30}(?:_[A-Za-z0-9\-]{1,30}){1,6}(?![\w@])"
)
_WORD_BEFORE = re.compile(r"([\w'\-.]{1,30}) $")
_LONGEST, _MOST_WORDS = 80, 5


def file_names(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find file names, from the ending backwards, with the words before that belong to them as far as one can tell."""
    text = passage.text
    yield from spans(_NUMBERED, text)
    last = 0
    for ending in _ENDING.finditer(text):
        start = ending.start()
        while start > max(last, ending.start() - _LONGEST) and _INSIDE.match(text, start - 1):
            start -= 1
        while start < ending.start() and not text[start].isalnum():
            start += 1
        if start < ending.start():
            start = _with_words_before(text, start, ending.start(), last)
            last = ending.end()
            yield start, last
    if "_" in text:
        yield from spans(
            _TIED, text, lambda tied: any(is_name(bare(part)) for part in tied[0].split("_") if len(part) > 2)
        )


def _with_words_before(text: str, start: int, dot: int, least: int) -> int:
    stem = text[start:dot]
    for _ in range(_MOST_WORDS):
        before = _WORD_BEFORE.search(text, max(least, start - 31), start)
        if before is None:
            break
        word = before[1]
        is_part = word[0].isupper() or word[0].isdigit() or is_name(bare(word)) or stem.isdigit()
        if not is_part or word[-1] in ".,:;":
            break
        start, stem = before.start(1), word
    return start
