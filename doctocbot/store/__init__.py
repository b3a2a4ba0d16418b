"""The only place that opens the bot's database."""

from doctocbot.store.database import (
    Database,
    DatabaseFault,
    NewerSchema,
    NotNow,
    OlderSchema,
    Row,
    Transaction,
    WrongSecret,
)
from doctocbot.store.keys import derive_key
from doctocbot.store.vault import DatabaseVault

__all__ = [
    "Database",
    "DatabaseFault",
    "DatabaseVault",
    "NewerSchema",
    "NotNow",
    "OlderSchema",
    "Row",
    "Transaction",
    "WrongSecret",
    "derive_key",
]
