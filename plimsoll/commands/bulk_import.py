"""`plimsoll import FILE`: accounts, contacts, subscriptions, limits and facts from a file into the
running installation.
"""

import argparse
import asyncio
import codecs
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from plimsoll.bulk_import import lines, table
from plimsoll.bulk_import.batches import Batch
from plimsoll.bulk_import.report import Display, Refused, summary
from plimsoll.bulk_import.rows import KINDS, Kind, Mark, Row, Unusable
from plimsoll.bulk_import.run import Import
from plimsoll.bulk_import.sender import Sender
from plimsoll.bulk_import.settlement import Outcome, settle
from plimsoll.bulk_import.state import Progressing, State
from plimsoll.bulk_import.table import Table
from plimsoll.datadir import find_running
from plimsoll.failures import CommandError
from plimsoll.options import data_argument
from shared.runtime.settings import load_settings

_LINES, _TABLES = (".ndjson", ".jsonl", ".json"), (".csv", ".tsv", ".txt")
_SECONDS = 120.0
"""Per response: a batch waits for others, and for usage that is being counted."""
_LOCAL = ("127.0.0.1", "localhost", "::1")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="JSON lines (.ndjson, .jsonl) or CSV (.csv); docs/moving-in.md has examples",
    )
    parser.add_argument(
        "--kind",
        choices=KINDS,
        help="the kind of rows that do not say so (CSV default: by the file's name, contacts.csv)",
    )
    parser.add_argument(
        "--encoding", type=_encoding, help="encoding of a CSV file, such as cp932 (default: UTF-8)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only check the form of each row; needs no server"
    )
    parser.add_argument(
        "--url",
        help=(
            "of the HTTP API (default: the installation running here); "
            "the key is PLIMSOLL_ADMIN_KEY"
        ),
    )
    parser.add_argument(
        "--state", metavar="PATH", type=Path, help="where progress is saved (default: FILE.import)"
    )
    parser.add_argument(
        "--refused",
        metavar="PATH",
        type=Path,
        help="where refused rows are written (default: FILE.refused.ndjson)",
    )
    data_argument(parser)


def _encoding(text: str) -> str:
    try:
        return codecs.lookup(text).name
    except LookupError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an encoding") from None


def run(args: argparse.Namespace) -> int:
    source = _source(args)
    try:
        with closing(source.file):
            return _check(args, source) if args.dry_run else asyncio.run(_import(args, source))
    except OSError as error:  # a full disk, a deleted file
        raise CommandError(
            f"{error.filename or args.file}: {error.strerror or type(error).__name__}"
        ) from None


@dataclass(frozen=True, slots=True)
class _Source:
    """The opened file and its format."""

    path: Path
    file: BinaryIO
    size: int
    table: Table | None
    kind: Kind | None

    def rows(self, start: Mark) -> Iterator[Row | Unusable]:
        return (
            lines.rows(self.file, start, self.kind)
            if self.table is None
            else table.rows(self.file, start, self.table)
        )


def _source(args: argparse.Namespace) -> _Source:
    path: Path = args.file
    suffix = path.suffix.lower()
    if suffix not in (*_LINES, *_TABLES):
        raise CommandError(
            f"{path}: its name must end in {', '.join((*_LINES, *_TABLES))}: "
            "that says how it is read"
        )
    try:
        if path.exists() and not path.is_file():
            raise CommandError(
                f"{path} is not a file: an import must be able to resume in the middle of it"
            )
        file = path.open("rb")
        size = path.stat().st_size
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    if suffix in _LINES:
        return _Source(path, file, size, None, args.kind)
    kind = args.kind or _kind_of(path.stem)
    if kind is None:
        file.close()
        raise CommandError(f"{path}: name the kind of its rows with --kind: {', '.join(KINDS)}")
    try:
        return _Source(
            path, file, size, table.read_head(file, kind, args.encoding or "utf-8"), kind
        )
    except CommandError as fault:
        file.close()
        raise CommandError(f"{path}: {fault}") from None


def _kind_of(stem: str) -> Kind | None:
    """`contacts.csv` contains contacts."""
    named = [kind for kind in KINDS if stem.lower() in (kind, f"{kind}s")]
    return named[0] if named else None


def _check(args: argparse.Namespace, source: _Source) -> int:
    """Without a server: does not check what the catalogue sells and which accounts exist."""
    from plimsoll.bulk_import import checks

    rows = wrong = 0
    with _report(args, source) as refused:
        refused.begin(0)
        for one in source.rows(Mark()):
            rows += 1
            if faults := checks.faults_of(one):
                refused.add(one, faults)
                wrong += 1
    print(f"{rows:,} rows checked, {wrong:,} would be refused")
    return _told(wrong, refused)


def _report(args: argparse.Namespace, source: _Source) -> Refused:
    return Refused(
        args.refused or _beside(source.path, ".refused.ndjson"), source.path.name, source.table
    )


async def _import(args: argparse.Namespace, source: _Source) -> int:
    url, key = _target(args)
    progressing = Progressing(args.state or _beside(source.path, ".import"), source.file)
    done = False
    try:
        state = progressing.load()
        with _report(args, source) as refused:
            refused.begin(state.reported)
            if state.position:
                print(f"resuming at line {state.line:,} of {source.path}", file=sys.stderr)
            await _send(source, state, progressing, refused, url, key)
        done = True
    finally:
        progressing.end(done=done)
    print(summary(state.counts))
    return _told(state.counts.refused, refused)


async def _send(
    source: _Source, state: State, progressing: Progressing, refused: Refused, url: str, key: str
) -> None:
    display = Display(source.size, state.position, state.counts)
    outside = httpx.URL(url).host not in _LOCAL  # the environment's proxy is for outside addresses
    headers = {"Authorization": f"Bearer {key}"}
    try:
        async with httpx.AsyncClient(
            base_url=url, headers=headers, timeout=_SECONDS, trust_env=outside
        ) as client:
            sender = Sender(client, display.waits)

            async def ask(batch: Batch) -> list[Outcome]:
                return await settle(sender, batch)

            await Import(ask, state, progressing, refused, display).run(source.rows(state.mark))
    finally:
        display.done()


def _target(args: argparse.Namespace) -> tuple[str, str]:
    """The URL and the key."""
    settings = load_settings(data_dir=args.data)
    place, running = find_running(args.data)
    url = args.url or (running.url if running else None)
    key = settings.admin_key or (running.admin_key if running else None)
    if url is None:
        start = f"start one with `plimsoll up --data {place}`"
        raise CommandError(
            f"no Plimsoll is running on {place}: {start}, or name it with --data or --url"
        )
    if key is None:
        raise CommandError(
            "there is no key: set PLIMSOLL_ADMIN_KEY to one with the scope accounts:write"
        )
    if httpx.URL(url).scheme not in ("http", "https"):
        raise CommandError(f"{url} is not an HTTP URL")
    return url, key


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _told(wrong: int, refused: Refused) -> int:
    if not wrong:
        return 0
    rows, them = (
        ("1 row was", "it with its") if wrong == 1 else (f"{wrong:,} rows were", "them with their")
    )
    print(
        f"plimsoll: {rows} refused: "
        f"{refused.path} has {them} reasons; correct that file and import it",
        file=sys.stderr,
    )
    return 1
