"""Backup files: they open with the passphrase alone, here and with any other program for age."""

import io
import tarfile
from pathlib import Path

import pyrage
import pytest

from doctocbot.keep.sealed import Manifest, NoBackup, WrongPassphrase, seal, unseal

# Each try at a passphrase costs more than a second, by design.
pytestmark = pytest.mark.slow

PASSPHRASE = "cheval correct batterie agrafe"
MANIFEST = Manifest("@doctocbot:clinic.example", "BOT", 1_795_000_000_000, "ab" * 32)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A backup of two files."""
    (tmp_path / "doctocbot.db").write_bytes(b"one" * 1_000)
    (tmp_path / "crypto.db").write_bytes(b"two")
    file = tmp_path / "backup.age"
    seal(tmp_path, ("doctocbot.db", "crypto.db"), MANIFEST, PASSPHRASE, file)
    return file


def test_what_was_sealed_comes_out(sealed: Path) -> None:
    """Both files and whose they are; the file itself is private and shows nothing of it."""
    manifest, files = unseal(sealed, PASSPHRASE)
    assert manifest == MANIFEST
    assert files == {"doctocbot.db": b"one" * 1_000, "crypto.db": b"two"}
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert b"oneone" not in sealed.read_bytes()
    assert sealed.read_bytes().startswith(b"age-encryption.org/v1")


@pytest.mark.parametrize("damage", [b"", b"x", None])
def test_another_passphrase_or_a_damaged_file_opens_nothing(sealed: Path, damage: bytes | None) -> None:
    """It is said, and nothing half-read comes out."""
    if damage is None:
        whole = sealed.read_bytes()
        sealed.write_bytes(whole[:-7] + b"1234567")
        passphrase = PASSPHRASE
    else:
        passphrase = PASSPHRASE + damage.decode() if damage else "another one altogether"
    with pytest.raises(WrongPassphrase):
        unseal(sealed, passphrase)


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", {"other": b"x"}, {"manifest.json": b"[]"}, {"manifest.json": b'{"format": 9}'}],
)
def test_something_else_under_the_passphrase_is_no_backup(
    tmp_path: Path, content: bytes | dict[str, bytes]
) -> None:
    """Another archive, or one of a later version."""
    packed = io.BytesIO(content if isinstance(content, bytes) else b"")
    if isinstance(content, dict):
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, data in content.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    file = tmp_path / "other.age"
    file.write_bytes(pyrage.passphrase.encrypt(packed.getvalue(), PASSPHRASE))
    with pytest.raises(NoBackup):
        unseal(file, PASSPHRASE)
