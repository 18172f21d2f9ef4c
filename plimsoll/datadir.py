"""An installation's data directory, and how commands find the installation running there."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from shared.embedded.lock import is_held

_RUN = "run.json"
_ADMIN_KEY = "admin-key"


@dataclass(frozen=True, slots=True)
class Running:
    """What a running `plimsoll up` or `demo` records for other commands: it contains secrets, so
    only the owner may read the file.
    """

    url: str
    kafka: str
    database_url: str
    admin_key: str
    test_clock: bool = False
    settings: dict[str, Any] | None = None
    """What checks need to know of its settings; None: written by an older version."""

    @property
    def kafka_settings(self) -> dict[str, Any]:
        """The credentials for its Kafka: a shell's own settings are for another one."""
        return {
            name: value
            for name, value in (self.settings or {}).items()
            if name.startswith("kafka_")
        }


def default_data_dir(command: str) -> Path:
    """Of `up` or `demo`: in the user's state directory; for root, where PostgreSQL's user has
    access.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/plimsoll") / command
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "plimsoll" / command


def write_running(data_dir: Path, running: Running) -> None:
    _write_private(data_dir / _RUN, json.dumps(asdict(running)))


def forget_running(data_dir: Path) -> None:
    (data_dir / _RUN).unlink(missing_ok=True)


def find_running(data: Path | None) -> tuple[Path, Running | None]:
    """The installation running on `--data DIR`, or on the default directory of `up` or `demo`; and
    the last directory examined.
    """
    places = [data.absolute()] if data else [default_data_dir("up"), default_data_dir("demo")]
    for place in places:
        file = place / _RUN
        # A file without a lock was left by a killed process.
        if is_held(place) and file.exists():
            return place, _running(json.loads(file.read_text()))
    return places[0], None


def _running(written: dict[str, Any]) -> Running:
    """Ignores unknown fields: a newer version may write more."""
    known = {one.name for one in fields(Running)}
    return Running(**{name: value for name, value in written.items() if name in known})


def admin_key(data_dir: Path) -> tuple[str, Path]:
    """The key generated once for an embedded installation, and where it is stored."""
    file = data_dir / _ADMIN_KEY
    if not file.exists():
        _write_private(file, secrets.token_urlsafe(32) + "\n")
    return file.read_text().strip(), file


def _write_private(file: Path, text: str) -> None:
    """Writes completely or not at all, and never readable by others."""
    scratch = file.with_name(f".{file.name}-{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    scratch.replace(file)
