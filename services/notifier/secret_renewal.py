"""Re-encrypts stored secrets with the newest PLIMSOLL_SECRET_KEY: old keys can then be dropped."""

import asyncio

from services.notifier.channels.live import place
from services.notifier.store import channels as store
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.backoff import Backoff
from shared.runtime.context import Context
from shared.security.crypto import Unreadable, Vault
from shared.telemetry.logs import log


class Rekeying:
    """A task of the notifier: runs once, as soon as PostgreSQL is available."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            try:
                await self.once()
                await stop.wait()
            except DatabaseUnavailable:
                await backoff.wait(stop)

    async def once(self) -> None:
        async with transaction(self._context.engine) as conn:
            for name, kept in (await store.secrets_of(conn)).items():
                try:
                    renewed = under_newest(self._context.vault, kept, place(name))
                except Unreadable as error:
                    log.error("secret_unreadable", channel=name, reason=str(error))
                    continue
                if renewed is not None:
                    await store.renew(conn, name, kept, renewed)
                    log.info("secret_renewed", channel=name)


def under_newest(vault: Vault, kept: str, context: str) -> str | None:
    """Returns None if the newest key already encrypts it. Raises Unreadable."""
    plain = vault.decrypt(kept, context)
    return None if vault.is_current(kept) else vault.encrypt(plain, context)
