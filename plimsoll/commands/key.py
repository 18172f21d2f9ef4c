"""`plimsoll key create|list|revoke`."""

import argparse
import asyncio
from decimal import Decimal, InvalidOperation

from plimsoll.failures import CommandError
from plimsoll.installation import clock_of, database_url, installation
from plimsoll.options import data_argument
from shared.postgres.database import create_engine
from shared.runtime.settings import Settings
from shared.security.api_keys import KeyInfo, create_key, list_keys, revoke_key
from shared.security.rights import SCOPES


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = actions.add_parser("create", help="create a key and print it, only this once")
    create.add_argument("--name", required=True, help="the key's name in lists and logs")
    create.add_argument(
        "--scope",
        required=True,
        action="extend",
        nargs="+",
        choices=SCOPES,
        help="one or more; may be repeated",
    )
    create.add_argument(
        "--rate",
        type=_rate,
        metavar="PER_S",
        help="requests per second that the key may make (default: no limit)",
    )
    listing = actions.add_parser("list", help="names, scopes and last use; never the keys")
    revoke = actions.add_parser("revoke", help="refuse a key everywhere within a minute")
    revoke.add_argument("name", metavar="NAME")
    for action in (create, listing, revoke):
        data_argument(action)


def run(args: argparse.Namespace) -> int:
    asyncio.run(_run(args, installation(args)))
    return 0


async def _run(args: argparse.Namespace, settings: Settings) -> None:
    engine = create_engine(database_url(settings), name="plimsoll-key", pool_size=1)
    try:
        now = (await clock_of(settings, engine)).now()
        if args.action == "create":
            print(await create_key(engine, args.name, args.scope, args.rate, at=now))
        elif args.action == "list":
            for row in _table(await list_keys(engine)):
                print(row)
        elif not await revoke_key(engine, args.name, at=now):
            raise CommandError(
                f"there is no key named {args.name} that still works; `plimsoll key list` shows all"
            )
        else:
            print(f"revoked {args.name}: refused everywhere within a minute")
    finally:
        await engine.dispose()


def _table(keys: list[KeyInfo]) -> list[str]:
    rows = [("NAME", "KEY", "SCOPES", "PER_S", "LAST USED", "STATE"), *(_row(key) for key in keys)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _row(key: KeyInfo) -> tuple[str, ...]:
    used = f"{key.last_used_at:%Y-%m-%dT%H:%M:%SZ}" if key.last_used_at else "never"
    state = f"revoked {key.revoked_at:%Y-%m-%dT%H:%M:%SZ}" if key.revoked_at else "active"
    return (
        key.name,
        f"{key.prefix}…",
        ",".join(key.scopes),
        "-" if key.rate is None else f"{key.rate.normalize():f}",
        used,
        state,
    )


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of requests per second"
        ) from None
    if not rate.is_finite() or rate <= 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return rate
