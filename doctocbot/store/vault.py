"""The bot's own secrets."""

from doctocbot.store.database import Database, Transaction


class DatabaseVault:
    """Keeps named secrets (cross-signing seeds, the session) in the encrypted database only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> bytes | None:
        """The secret of that name, or None."""
        value: bytes | None = await self._database.run(
            lambda tx: tx.value("SELECT value FROM vault WHERE name = :name", name=name)
        )
        return value

    async def put(self, name: str, value: bytes) -> None:
        """Keep a secret; it is on disk when this returns."""

        def write(tx: Transaction) -> None:
            tx.execute(
                "INSERT INTO vault (name, value) VALUES (:name, :value)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                name=name,
                value=value,
            )

        await self._database.run(write)
