"""API keys: random, stored hashed, with scopes and an optional rate limit; revoked everywhere
within a minute.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.audit import trail
from shared.audit.trail import COMMAND, Author, Done
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.waits import pause
from shared.security.rights import SCOPES, Principal

_PREFIX = "pk_"
_SHOWN = 11
"""Length of the readable prefix that tells keys apart: `pk_` and 8 of the 43 random characters."""
_FRESH_SECONDS = 10.0
_STALE_SECONDS = 45.0
"""How long a known key is still accepted while PostgreSQL is down, so that revocation takes effect
within a minute even then.
"""
_USED_SECONDS = 60.0
_CACHE_KEYS = 10_000


class KeyFault(Exception):
    """A key cannot be created or revoked; the message says why."""


class KeyTaken(KeyFault):
    """Another key has, or had, this name."""


@dataclass(frozen=True, slots=True)
class KeyInfo:
    name: str
    prefix: str
    scopes: tuple[str, ...]
    rate: Decimal | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def hash_key(key: str) -> bytes:
    """A key has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


async def create_key(
    engine: AsyncEngine,
    name: str,
    scopes: Collection[str],
    rate: Decimal | None = None,
    *,
    author: Author = COMMAND,
    at: datetime | None = None,
) -> str:
    """Creates a key and returns it; this is the only time it is readable. Raises KeyFault for a
    taken name or an unknown scope. `at`: what the audit log says; None: now.
    """
    if not 1 <= len(name) <= 256 or not name.isprintable():
        raise KeyFault("a key's name has 1 to 256 printable characters")
    if not scopes or (unknown := sorted(set(scopes) - set(SCOPES))):
        raise KeyFault(
            f"unknown scope {unknown[0]}: one of {', '.join(SCOPES)}"
            if scopes
            else f"at least one scope of {', '.join(SCOPES)}"
        )
    if rate is not None and not (rate.is_finite() and 0 < rate <= 1_000_000):
        raise KeyFault("the rate is a number of requests per second above 0")
    key = _PREFIX + secrets.token_urlsafe(32)
    told = {"scopes": [scope for scope in SCOPES if scope in scopes], "rate": rate}
    row = {"name": name, "prefix": key[:_SHOWN], "hash": hash_key(key), **told}
    done = Done("create", "key", name, at or datetime.now(UTC), after=told)
    try:
        async with transaction(engine) as conn:
            await conn.execute(_CREATE, row)
            await trail.write(conn, author, done)
    except IntegrityError:
        raise KeyTaken(
            f"a key named {name} already exists, perhaps revoked: choose another name"
        ) from None
    return key


async def list_keys(engine: AsyncEngine) -> list[KeyInfo]:
    async with transaction(engine) as conn:
        rows = await conn.execute(_LIST)
        return [_info(row) for row in rows]


def _info(row: Row[Any]) -> KeyInfo:
    return KeyInfo(**(dict(row._mapping) | {"scopes": tuple(row.scopes)}))


async def page(
    conn: AsyncConnection, after: tuple[datetime, str] | None, limit: int
) -> list[KeyInfo]:
    """Newest first, also those that were revoked."""
    given = {"at": after and after[0], "name": after and after[1], "limit": limit}
    return [_info(row) for row in await conn.execute(_PAGE, given)]


async def find_info(conn: AsyncConnection, name: str) -> KeyInfo:
    return _info((await conn.execute(_INFO, {"name": name})).one())


async def revoke_key(
    engine: AsyncEngine, name: str, *, author: Author = COMMAND, at: datetime | None = None
) -> bool:
    """Revokes a key: refused everywhere within a minute. False if no active key has this name."""
    async with transaction(engine) as conn:
        if (await conn.execute(_REVOKE, {"name": name})).rowcount == 0:
            return False
        await trail.write(conn, author, Done("revoke", "key", name, at or datetime.now(UTC)))
    return True


_CREATE = text(
    "insert into api_key (name, prefix, hash, scopes, rate) "
    "values (:name, :prefix, :hash, cast(:scopes as text[]), :rate)"
)
_SELECT = "select name, prefix, scopes, rate, created_at, last_used_at, revoked_at from api_key"
_LIST = text(f"{_SELECT} order by created_at desc, name")
_PAGE = text(
    f"""
    {_SELECT}
    where cast(:name as text) is null
        or (created_at, name) < (cast(:at as timestamptz), cast(:name as text))
    order by created_at desc, name desc limit :limit
    """
)
_INFO = text(f"{_SELECT} where name = :name")
_REVOKE = text(
    "update api_key set revoked_at = clock_timestamp() where name = :name and revoked_at is null"
)
_FIND = text(
    "select name, scopes, rate, hash from api_key where hash = :hash and revoked_at is null"
)
_USED = text(
    """
    update api_key k set last_used_at = greatest(k.last_used_at,
        clock_timestamp() - u.ago * interval '1 second')
    from unnest(cast(:names as text[]), cast(:ago as float8[])) as u(name, ago)
        where k.name = u.name
    """
)


@dataclass(slots=True)
class _Known:
    principal: Principal | None
    at: float


@dataclass(slots=True)
class _Bucket:
    """Allows a burst of one second's worth of requests (at least one), then `rate` per second."""

    rate: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """0 if the request may pass, else the seconds to wait."""
        self.level = min(max(self.rate, 1.0), self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1.0:
            self.level -= 1.0
            return 0.0
        return (1.0 - self.level) / self.rate


@dataclass(slots=True)
class Keys:
    """Looks up keys, with a short-lived cache. The admin key of the settings has every scope and
    needs no database.
    """

    engine: AsyncEngine
    admin_key: str | None
    _known: dict[bytes, _Known] = field(default_factory=dict)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _used: dict[str, float] = field(default_factory=dict)
    _written: float = 0.0

    async def find(self, key: str) -> Principal | None:
        """The caller who holds this key; None if it is unknown or revoked. Raises the database's
        error if it is down.
        """
        digest = hash_key(key)
        if self.admin_key is not None and hmac.compare_digest(digest, hash_key(self.admin_key)):
            return Principal("PLIMSOLL_ADMIN_KEY", frozenset(SCOPES))
        known = self._known.get(digest)
        if known is None or time.monotonic() - known.at > _FRESH_SECONDS:
            known = await self._look_up(digest, known)
        if known.principal is not None:
            self._used[known.principal.name] = time.monotonic()
        return known.principal

    async def _look_up(self, digest: bytes, known: _Known | None) -> _Known:
        try:
            async with transaction(self.engine) as conn:
                row = (await conn.execute(_FIND, {"hash": digest})).one_or_none()
        except DatabaseUnavailable:
            if (
                known is not None
                and known.principal is not None
                and time.monotonic() - known.at < _STALE_SECONDS
            ):
                return known
            raise
        principal = None
        if row is not None and hmac.compare_digest(digest, bytes(row.hash)):
            principal = Principal(row.name, frozenset(row.scopes), row.rate)
        if len(self._known) >= _CACHE_KEYS:
            self._known.clear()
        self._known[digest] = _Known(principal, time.monotonic())
        return self._known[digest]

    def wait_seconds(self, principal: Principal) -> float:
        """0 while the key is within its rate, else the seconds its holder has to wait."""
        if principal.rate is None:
            return 0.0
        rate, now = float(principal.rate), time.monotonic()
        bucket = self._buckets.get(principal.name)
        if bucket is None or bucket.rate != rate:
            bucket = self._buckets[principal.name] = _Bucket(rate, max(rate, 1.0), now)
        return bucket.take(now)

    async def run(self, stop: asyncio.Event) -> None:
        """Records once a minute which keys were used."""
        while not stop.is_set():
            await pause(stop, _USED_SECONDS)
            await self.write_used()

    async def write_used(self) -> None:
        """Stores when each key was used, not when this is written: as an age, because the
        database's clock is the only one all processes share.
        """
        used, self._used = self._used, {}
        if not used:
            return
        names, now = sorted(used), time.monotonic()
        try:
            async with transaction(self.engine) as conn:
                await conn.execute(
                    _USED, {"names": names, "ago": [now - used[name] for name in names]}
                )
        except DatabaseUnavailable:
            self._used = used | self._used
