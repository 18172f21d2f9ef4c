"""`plimsoll catalog check|apply FILE`."""

import argparse
import sys
from pathlib import Path

from plimsoll.failures import CommandError
from plimsoll.options import data_argument
from shared.catalog import Catalog, CatalogError, Media, lint_catalog, parse_catalog


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    check = actions.add_parser("check", help="name every fault and warning; changes nothing, needs no server")
    apply = actions.add_parser("apply", help="put it in force, in the installation that runs")
    data_argument(apply)
    for action in (check, apply):
        action.add_argument("file", metavar="FILE", type=Path)


def run(args: argparse.Namespace) -> int:
    catalog = _read(args.file)
    for warning in lint_catalog(catalog):
        print(f"warning {warning.path}: {warning.reason}", file=sys.stderr)
    if args.action == "apply":
        print(f"{args.file} is in force as version {_apply(args, catalog)}")
    else:
        print(f"{args.file} is a catalogue: {len(catalog.meters)} meters, {len(catalog.plans)} plans")
    return 0


def _read(file: Path) -> Catalog:
    """Raises CommandError with every fault at once."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
    media: Media = "application/json" if file.suffix == ".json" else "application/yaml"
    try:
        return parse_catalog(body, media)
    except CatalogError as error:
        faults = "; ".join(f"{fault.path} {fault.reason}".strip() for fault in error.faults)
        raise CommandError(f"{file}: {faults}") from None
