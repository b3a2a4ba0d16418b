"""What a backup leaves in its folder."""

import os
import time
from pathlib import Path

from doctocbot.keep.backup import clear_scratch

DAY = 24 * 3600


def test_what_a_killed_backup_has_left_goes_with_the_next(tmp_path: Path) -> None:
    """A power cut in the night must not cost the disk; one that is at work, finished backups and other files stay."""
    killed, working, other = tmp_path / ".backup-killed", tmp_path / ".backup-working", tmp_path / "photos"
    for folder in (killed, working, other):
        folder.mkdir()
        (folder / "doctocbot.db").write_bytes(b"x")
    finished = tmp_path / "doctocbot-20261101T031500Z.age"
    finished.write_bytes(b"x")
    for old in (killed, other, finished):
        os.utime(old, (time.time() - 2 * DAY,) * 2)
    clear_scratch(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([working, other, finished])
