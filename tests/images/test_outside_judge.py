"""An outside judge: ExifTool, which shares nothing with us, finds nothing in what the scrubber lets out."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from doctocbot.images import CleanImage, scrub
from tests.images import photos

STRUCTURE = {
    "SourceFile",
    "ExifTool",
    "File",
    "Composite",
    "JFIF",
    "APP14",
    "PNG",
    "RIFF",
    "GIF",
    "ICC_Profile",
    "ICC-header",
}
"""Groups that describe the picture itself; of EXIF, only the orientation may be left."""


def _judge() -> str:
    found = shutil.which("exiftool")
    if found is None and os.environ.get("CI"):
        pytest.fail("CI has no exiftool: .ci/run installs it (Debian: libimage-exiftool-perl)")
    if found is None:
        pytest.skip("exiftool is not installed (Debian: apt-get install libimage-exiftool-perl)")
    return found


def test_exiftool_finds_nothing_but_the_picture(tmp_path: Path) -> None:
    """In every clean output ExifTool sees structure, at most an orientation, and no text of anybody's."""
    exiftool = _judge()
    for number, photo in enumerate(photos.all_photos()):
        clean = scrub(photo.data)
        if isinstance(clean, CleanImage):
            (tmp_path / f"{number}.{clean.extension}").write_bytes(clean.data)
    answer = subprocess.run(
        [exiftool, "-j", "-G0", "-a", "-u", "-r", str(tmp_path)], capture_output=True, check=True
    )
    judged = json.loads(answer.stdout)
    assert len(judged) > 80
    for file in judged:
        foreign = {key for key in file if key.split(":")[0] not in STRUCTURE} - {"EXIF:Orientation"}
        assert foreign <= {"EXIF:XResolution", "EXIF:YResolution", "EXIF:ResolutionUnit"}, (
            file["SourceFile"],
            foreign,
        )
