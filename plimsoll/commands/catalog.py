"""`plimsoll catalog check|apply FILE`."""

import argparse
import asyncio
import sys
from pathlib import Path

from plimsoll.failures import CommandError
from plimsoll.installation import clock_of, database_url, installation
from plimsoll.options import data_argument
from services.trigger.subscriptions.catalog_changes import Application, apply_catalog
from services.trigger.tables.catalogs import Catalogs
from shared.audit.trail import COMMAND
from shared.catalog import Catalog, CatalogError, Fault, Media, Written, lint_catalog
from shared.catalog import read_catalog as parsed
from shared.postgres.database import create_engine, transaction
from shared.runtime.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    check = actions.add_parser(
        "check", help="report all faults and warnings; changes nothing, needs no server"
    )
    apply = actions.add_parser("apply", help="put it in force in the running installation")
    data_argument(apply)
    for action in (check, apply):
        action.add_argument("file", metavar="FILE", type=Path)


def run(args: argparse.Namespace) -> int:
    written = read_written(args.file)
    catalog = written.catalog
    for warning in written.placed(lint_catalog(catalog)):
        print(f"warning {warning.path}: {warning.reason}{_place(warning)}", file=sys.stderr)
    if args.action == "apply":
        try:
            version = asyncio.run(_apply(installation(args), catalog, args.file))
        except CatalogError as error:
            raise _refused(args.file, error) from None
        print(f"{args.file} is in force as version {version}")
    else:
        print(
            f"{args.file} is a valid catalogue: "
            f"{len(catalog.meters)} meters, {len(catalog.plans)} plans"
        )
    return 0


def read_catalog(file: Path) -> Catalog:
    """Raises CommandError with all faults."""
    return read_written(file).catalog


def read_written(file: Path) -> Written:
    """Raises CommandError with all faults."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
    media: Media = "application/json" if file.suffix == ".json" else "application/yaml"
    try:
        return parsed(body, media)
    except CatalogError as error:
        raise _refused(file, error) from None


def _refused(file: Path, error: CatalogError) -> CommandError:
    faults = "; ".join(
        f"{fault.path} {fault.reason}{_place(fault) if fault.path else ''}".strip()
        for fault in error.faults
    )
    return CommandError(f"{file}: {faults}")


def _place(fault: Fault) -> str:
    return "" if fault.line is None else f" (line {fault.line}, column {fault.column})"


async def _apply(settings: Settings, catalog: Catalog, file: Path) -> int:
    """Its version, as `PUT /v1/catalog` would return it; running services adopt it
    automatically.
    """
    text = None if file.suffix == ".json" else await asyncio.to_thread(file.read_bytes)
    how = Application(text)
    engine = create_engine(database_url(settings), name="plimsoll-catalog", pool_size=1)
    try:
        clock = await clock_of(settings, engine)
        async with transaction(engine) as conn:
            return await apply_catalog(conn, Catalogs(), catalog, COMMAND, clock.now(), how)
    finally:
        await engine.dispose()
