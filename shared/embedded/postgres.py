"""A real PostgreSQL server from the binaries in a Python package."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.embedded.binaries import database_home, remove_database, server_binaries, server_user
from shared.embedded.errors import Cancelled, EmbeddedError
from shared.embedded.ports import HOST, await_free, keep_ports
from shared.embedded.privacy import owners_alone, passable
from shared.embedded.server import EmbeddedServer, Progress, ignore, never

NAME = "plimsoll"  # the database's and its owner's name
_SETTINGS = {
    "listen_addresses": f"'{HOST}'",
    "unix_socket_directories": "''",  # with a path over about 100 bytes the server would not start
    "max_connections": "100",
    # Used only as data fills it. The totals and hours of a million accounts take most of a
    # gigabyte: with 128 MB the same work took a third longer.
    "shared_buffers": "512MB",
    # After a checkpoint the next write to each page is a full-page image: fewer checkpoints and
    # compression help the hot tables.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    # Small hot tables (offsets, outbox, totals): vacuum them soon, and do not let a forgotten
    # transaction prevent it.
    "autovacuum_naptime": "15s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] '",
    "log_checkpoints": "off",
}


class EmbeddedPostgres(EmbeddedServer):
    """Data, port and password persist in `home` between starts; as root the data may be elsewhere
    (`database_home`).
    """

    def __init__(
        self, home: Path, *, progress: Progress = ignore, cancelled: Callable[[], bool] = never
    ) -> None:
        super().__init__("PostgreSQL", home, str(home.absolute() / "data"), signal.SIGINT)
        self.port = 0
        self._progress, self._cancelled = progress, cancelled
        self._user = server_user()

    @property
    def url(self) -> str:
        return self.url_of(NAME)

    def url_of(self, database: str) -> str:
        return f"postgresql://{NAME}:{self._password()}@{HOST}:{self.port}/{database}"

    def start(self) -> str:
        passable(self.home, self._user)
        place = database_home(self.home, self._user)
        if place != self.home:
            owners_alone(self.home)
        data = place / "data"
        self.process.marker = str(data)
        self.process.end_leftover()
        await_free([self.port] if self.port else [])
        self.port = keep_ports(self.home / "ports.json", ("postgres",))["postgres"]
        programs = server_binaries(self._user)
        if not data.exists():
            self._progress("creating the database")
            self._create(programs, place)
        _write_settings(data, _SETTINGS | {"port": str(self.port)} | self.extra)
        self.process.spawn([programs / "postgres", "-D", data], umask=0o077, **self._as_user())
        self.wanted = True
        self.process.wait_ready(self.ready, self._cancelled)
        if self._cancelled():
            raise Cancelled("stopped while PostgreSQL was starting")
        return self.url

    def ready(self) -> bool:
        probe = [
            str(server_binaries(self._user) / "pg_isready"),
            "-q",
            "-h",
            HOST,
            "-p",
            str(self.port),
        ]
        return self.process.running() and subprocess.run(probe, check=False).returncode == 0

    def remove(self) -> None:
        """Deletes everything, including data elsewhere; the server must be stopped."""
        remove_database(self.home)

    def _create(self, programs: Path, place: Path) -> None:
        """Built next to its final place and renamed at the end, so that an incomplete one is never
        taken for a database.
        """
        new = place / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        password = place / "password.new"
        password.touch(0o600)
        password.write_text(self._password() + "\n")
        if self._user:
            for path in (new, password):
                os.chown(path, self._user.uid, self._user.gid)
        try:
            owner = ["-U", NAME, "--auth=scram-sha-256", f"--pwfile={password}"]
            self._run([programs / "initdb", "-D", new, "-E", "UTF8", "--locale=C.UTF-8", *owner])
            self._run(
                [programs / "postgres", "--single", "-D", new, "postgres"],
                f"create database {NAME};\n",
            )
        finally:
            password.unlink()
        new.replace(place / "data")

    def _run(self, argv: list[str | Path], text: str = "") -> None:
        outcome = subprocess.run(
            argv,
            input=text,
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            **self._as_user(),
        )
        if outcome.returncode:
            raise EmbeddedError(
                "the database cannot be created: "
                f"{(outcome.stderr or outcome.stdout).strip().splitlines()[-1]}"
            )

    def _as_user(self) -> dict[str, Any]:
        return self._user.options() if self._user else {}

    def _password(self) -> str:
        file = self.home / "password"
        if not file.exists():
            file.touch(0o600)
            file.write_text(secrets.token_urlsafe(24))
        return file.read_text()


def _write_settings(data: Path, settings: dict[str, str]) -> None:
    """Rewrites the whole file at each start: nobody edits it. Written in place, which keeps its
    owner.
    """
    (data / "postgresql.conf").write_text(
        "".join(f"{name} = {value}\n" for name, value in settings.items())
    )
