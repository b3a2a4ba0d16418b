"""An outside judge: ExifTool, which shares nothing with us, finds nothing in what the scrubber lets out."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doctocbot.images import CleanImage, scrub
from tests.images import manifest

# Pillow grumbles about the damage that was planted.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::UserWarning:PIL")]

STRUCTURE = {
    "SourceFile",
    "ExifTool",
    "System",
    "File",
    "Composite",
    "JFIF",
    "Adobe",
    "PNG",
    "PNG-cICP",
    "RIFF",
}
"""Groups that describe the picture itself, in which no tag below may stand."""
WORDS = {"Comment", "Warning", "Error", "Author", "Description", "Software", "Copyright", "Title", "Artist"}
PROFILE = {"ICC_Profile", "ICC-header"}
SAID_OF_PROFILES = {
    "ProfileDescription": "clean",
    "ProfileCopyright": "clean",
    "ProfileDateTime": "2000:01:01 00:00:00",
}
EMPTY_IN_PROFILES = {
    "PrimaryPlatform",
    "ProfileCMMType",
    "DeviceManufacturer",
    "DeviceModel",
    "ProfileCreator",
}
# What the EXIF standard asks for beside an orientation, and we leave out.
LEFT_OUT = ("XResolution", "YResolution", "ResolutionUnit", "YCbCrPositioning")


def exiftool() -> str:
    """The judge; where it is missing that is said, and in CI it is a failure."""
    found = shutil.which("exiftool")
    if found is None and os.environ.get("CI"):
        pytest.fail("CI has no exiftool: .ci/run installs it (Debian: libimage-exiftool-perl)")
    if found is None:
        pytest.skip("exiftool is not installed (Debian: apt-get install libimage-exiftool-perl)")
    return found


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All that ExifTool sees in every clean picture of the manifest and in its thumbnail, embedded files included."""
    judge, folder = exiftool(), tmp_path_factory.mktemp("clean")
    for number, photo in enumerate(manifest.all_photos()):
        clean = scrub(photo.data)
        if isinstance(clean, CleanImage):
            (folder / f"{number}.{clean.extension}").write_bytes(clean.data)
            if clean.thumbnail:
                (folder / f"{number}-small.jpg").write_bytes(clean.thumbnail)
    asked = ("-j", "-G1", "-a", "-u", "-U", "-ee", "-n", "-validate", "-all", "-r")
    answer = subprocess.run([judge, *asked, str(folder)], capture_output=True, check=True)
    files: list[dict[str, Any]] = json.loads(answer.stdout)
    assert len(files) == len(list(folder.iterdir())) > 300
    return files


def tags(file: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Group, name and value of each tag."""
    for key, value in file.items():
        group, _, name = key.rpartition(":")
        yield group or name, name, value


def test_exiftool_finds_nothing_but_the_picture(judged: list[dict[str, Any]]) -> None:
    """In every output ExifTool sees structure, at most an orientation, and no text of anybody's."""
    for file in judged:
        for group, name, value in tags(file):
            seen = file["SourceFile"], group, name, value
            if group == "IFD0":
                assert name == "Orientation", seen
            elif group in PROFILE:
                assert SAID_OF_PROFILES.get(name, value) == value, seen
                assert name not in EMPTY_IN_PROFILES or not str(value).strip("\0 "), seen
            elif group != "ExifTool":
                assert group in STRUCTURE, seen
                assert name not in WORDS, seen


def test_exiftool_has_nothing_to_complain_of(judged: list[dict[str, Any]]) -> None:
    """Every output is a valid file to its last byte; of the EXIF alone, it misses what tells more than the way up."""
    for file in judged:
        for group, name, value in tags(file):
            if group == "ExifTool" and name in ("Warning", "Error"):
                assert str(value).endswith(LEFT_OUT), (file["SourceFile"], value)


def test_the_judge_sees_what_is_to_be_seen(tmp_path: Path) -> None:
    """The same questions, asked of an original, bring out everything that was planted in it."""
    (tmp_path / "original.jpg").write_bytes(manifest.photo("jpeg exif thumbnail little-endian").data)
    asked = ("-j", "-G1", "-a", "-u", "-U", "-ee", "-all", str(tmp_path / "original.jpg"))
    answer = subprocess.run([exiftool(), *asked], capture_output=True, check=True)
    groups = {group for group, _, _ in tags(json.loads(answer.stdout)[0])}
    assert {"IFD0", "ExifIFD", "GPS", "IFD1"} <= groups
