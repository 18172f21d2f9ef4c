"""`plimsoll explain ACCOUNT`: a decision, gate by gate: the question, the evidence, the
consequence.
"""

import argparse
import asyncio
from datetime import datetime

from plimsoll.failures import CommandError
from plimsoll.installation import clock_of, database_url, installation
from plimsoll.options import data_argument, moment
from services.trigger.dossier.loader import Loader
from services.trigger.proposals.explanation import explain
from services.trigger.tables.catalogs import Catalogs
from shared.postgres.database import create_engine, transaction
from shared.runtime.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("account", metavar="ACCOUNT", help="its id")
    parser.add_argument(
        "--at",
        type=moment,
        metavar="TIME",
        help="the newest decision at that time (default: the newest)",
    )
    parser.add_argument("--lang", choices=("ja", "en"), default="en")
    data_argument(parser)


def run(args: argparse.Namespace) -> int:
    for line in asyncio.run(_explained(installation(args), args.account, args.at, args.lang)):
        print(line)
    return 0


async def _explained(
    settings: Settings, account: str, at: datetime | None, language: str
) -> list[str]:
    engine = create_engine(database_url(settings), name="plimsoll-explain", pool_size=1)
    try:
        clock = await clock_of(settings, engine)
        async with transaction(engine) as conn:
            lines = await explain(
                conn, Loader(Catalogs()), account, at=at, now=clock.now(), lang=language
            )
    finally:
        await engine.dispose()
    if lines is None:
        raise CommandError(f"there is no account {account}")
    return lines
