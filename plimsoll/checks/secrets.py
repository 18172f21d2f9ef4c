"""Stored secrets of channels: whether the current keys decrypt them."""

import asyncio

import asyncpg

from plimsoll.checks.finding import Finding
from shared.postgres.database import connect
from shared.runtime.settings import Settings
from shared.security.crypto import NoSecret, Unreadable, Vault, secrets_of


async def check(settings: Settings) -> list[Finding]:
    """No finding if there are none, or if PostgreSQL or its schema are missing: other checks report
    that.
    """
    assert settings.database_url is not None
    if (
        settings.embedded
        and settings.data_dir is not None
        and not settings.secret_key
        and not (settings.data_dir / "secret.key").exists()
    ):
        return []  # the check must not create one
    try:
        vault = Vault(secrets_of(settings))
        kept = await _kept(settings.database_url)
    except (NoSecret, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return []
    return [
        _finding(name, text, vault, given=settings.secret_key is not None) for name, text in kept
    ]


async def _kept(url: str) -> list[tuple[str, str]]:
    async with asyncio.timeout(10):
        connection = await connect(url, name="plimsoll-doctor")
        try:
            return [
                tuple(row)
                for row in await connection.fetch(
                    "select name, secrets from channel where secrets <> '' order by name"
                )
            ]
        finally:
            await connection.close()


def _finding(name: str, text: str, vault: Vault, *, given: bool) -> Finding:
    try:
        vault.decrypt(text, f"channel/{name}")
    except Unreadable as error:
        if given:
            return Finding("secrets", f"channel {name}: {error.what}", error.remedy)
        what = f"channel {name}: {error.what}; the services may have a key that is not set here"
        return Finding(
            "secrets",
            what,
            f"set PLIMSOLL_SECRET_KEY here as for the services; else {error.remedy}",
            warning=True,
        )
    if vault.is_current(text):
        return Finding("secrets", f"channel {name} can be read")
    return Finding(
        "secrets",
        f"channel {name} is encrypted with an older key: "
        "the notifier re-encrypts it at its next start",
    )
