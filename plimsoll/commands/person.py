"""`plimsoll person link`."""

import argparse
import asyncio

from plimsoll.datadir import find_running
from plimsoll.failures import CommandError
from plimsoll.installation import clock_of, database_url, installation
from plimsoll.options import data_argument
from services.console.login import once
from shared.postgres.database import create_engine, transaction
from shared.runtime.settings import Settings
from shared.security.rights import ROLES
from shared.values.bodies import check_path_identifier


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    link = actions.add_parser("link", help="print an address that logs a person in, once")
    link.add_argument("name", metavar="NAME", help="the person's id or e-mail address")
    link.add_argument(
        "--role",
        action="extend",
        nargs="+",
        choices=ROLES,
        help=(
            "what they are from then on; may be repeated "
            "(default: what they are; somebody new needs one)"
        ),
    )
    data_argument(link)


def run(args: argparse.Namespace) -> int:
    print(asyncio.run(_link(args)))
    return 0


async def _link(args: argparse.Namespace) -> str:
    try:
        name = check_path_identifier(args.name)
    except ValueError as error:
        raise CommandError(f"NAME {error}") from None
    settings = installation(args)
    engine = create_engine(database_url(settings), name="plimsoll-person", pool_size=1)
    try:
        clock = await clock_of(settings, engine)
        async with transaction(engine) as conn:
            if not args.role and not await once.is_known(conn, name):
                raise CommandError(f"nobody is called {name}: say what they are, --role csm")
            path = await once.make(conn, clock.now(), name, args.role)
    finally:
        await engine.dispose()
    return _base(settings, args) + path


def _base(settings: Settings, args: argparse.Namespace) -> str:
    """Where the console is open."""
    if settings.public_url is not None:
        return settings.public_url
    _, running = find_running(args.data)
    if running is not None and running.database_url == settings.database_url:
        return running.url
    return f"http://{settings.host}:{settings.port}"
