"""A backup file: one tar archive, encrypted to a passphrase in the age format, which other programs open too.

`age -d FILE | tar x` shows what is in it, should this program ever be lost (age-encryption.org/v1, scrypt recipient).
"""

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pyrage

_MANIFEST = "manifest.json"
_FORMAT = 1


class WrongPassphrase(Exception):
    """The backup does not open with this passphrase, or the file is damaged."""


class NoBackup(Exception):
    """The file holds no backup that this version knows."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands beside the files: whose they are, when they were copied (ms), and the secret that opens them."""

    user_id: str
    device_id: str
    made_at: int
    secret: str
    format: int = _FORMAT


def seal(folder: Path, names: tuple[str, ...], manifest: Manifest, passphrase: str, target: Path) -> None:
    """Write files of a folder and the manifest into one encrypted file, private from its first byte; blocks."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        _add(archive, _MANIFEST, json.dumps(asdict(manifest)).encode())
        for name in names:
            _add(archive, name, (folder / name).read_bytes())
    target.touch(mode=0o600)
    target.write_bytes(pyrage.passphrase.encrypt(packed.getvalue(), passphrase))


def unseal(file: Path, passphrase: str) -> tuple[Manifest, Mapping[str, bytes]]:
    """The manifest and the files of a backup, by name; raises WrongPassphrase, NoBackup or OSError. Blocks."""
    try:
        packed = pyrage.passphrase.decrypt(file.read_bytes(), passphrase)
    except pyrage.DecryptError as error:
        raise WrongPassphrase(str(file)) from error
    try:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            # Names are looked up, never followed: nothing is written where an archive says.
            found = {member.name: _read(archive, member) for member in archive if member.isfile()}
        manifest = Manifest(**json.loads(found.pop(_MANIFEST)))
    except (tarfile.TarError, KeyError, ValueError, TypeError) as error:
        raise NoBackup(str(file)) from error
    if manifest.format != _FORMAT:
        raise NoBackup(str(file))
    return manifest, found


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = archive.extractfile(member)
    return opened.read() if opened is not None else b""
