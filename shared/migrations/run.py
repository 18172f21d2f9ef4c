"""Runs Alembic from the program: `upgrade` for `plimsoll migrate`, `up` and `demo`; `check` for a
single service.
"""

import asyncio
import threading
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.postgres.errors import reporting

_ONE_AT_A_TIME = threading.Lock()
"""Alembic has one context per process."""


class SchemaBehind(Exception):
    """The database does not have the schema that this version needs."""


async def upgrade(url: str) -> str:
    """Brings the schema to head and returns its revision. Safe while services run, and if several
    processes do it at the same time.
    """
    # Alembic's entry point is synchronous and env.py runs its own event loop, so it gets a thread.
    with reporting():
        await asyncio.to_thread(_upgrade, url)
    return head()


async def check(conn: AsyncConnection) -> None:
    """Raises SchemaBehind, which says what to do, if the schema is older than this version. A newer
    one is fine: migrations only add.
    """
    try:
        found = (
            await conn.execute(text("select version_num from alembic_version"))
        ).scalar_one_or_none()
    except ProgrammingError:
        found = None
    if found is None:
        raise SchemaBehind("the database has no schema yet: run `plimsoll migrate`")
    if is_known(found) and found != head():
        raise SchemaBehind(
            f"the database schema is at {found}, this version needs {head()}: "
            "run `plimsoll migrate`"
        )


@cache
def head() -> str:
    """The newest revision that this version knows."""
    revision = _scripts().get_current_head()
    assert revision is not None
    return revision


def is_known(revision: str) -> bool:
    """Whether this version has the revision; if not, it belongs to a newer version: migrations only
    go forward.
    """
    return revision in _known()


@cache
def _known() -> frozenset[str]:
    """Read once: readiness asks every few seconds, and every migration is a file."""
    return frozenset(script.revision for script in _scripts().walk_revisions())


def _upgrade(url: str) -> None:
    config = _config()
    config.attributes["url"] = url
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
