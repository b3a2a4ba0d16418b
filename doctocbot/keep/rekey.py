"""Another secret for the database and the crypto store together: afterwards the old one opens nothing."""

import asyncio

from doctocbot.account import data_directory, database_path
from doctocbot.config import Config
from doctocbot.keep.copying import DataFiles, copy_files, is_opened_by
from doctocbot.store import Database, WrongSecret, derive_key, lasting
from doctocbot.store.replacing import begin_replacing, commit_replacing


async def rekey(config: Config, old: str, new: str) -> bool:
    """Encrypt everything anew; the bot must be stopped. Returns False when the new secret opens it already.

    A crash leaves either all under the old secret or all under the new: run it again to see which. Raises WrongSecret
    if neither opens it, DataDirectoryBusy, or OSError.
    """
    with data_directory(config.data_dir):
        if is_opened_by(DataFiles(config.data_dir, new)):
            return False
        database = await Database.open(database_path(config), derive_key(old, "database"))
        try:
            await lasting.lasting_keys(database, old)
        finally:
            # Closing it folds its journal in: what is moved away is the file alone.
            await database.close()
        await asyncio.to_thread(_rekey, config, old, new)
    return True


def _rekey(config: Config, old: str, new: str) -> None:
    partial = begin_replacing(config.data_dir)
    made = DataFiles(partial, new)
    copy_files(DataFiles(config.data_dir, old), made)
    if not is_opened_by(made):
        raise WrongSecret(str(partial))
    commit_replacing(config.data_dir)
