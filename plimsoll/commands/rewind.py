"""`plimsoll rewind`: makes a service read its topics again; a running one notices within a
second.
"""

import argparse
import asyncio
from datetime import datetime

from plimsoll.failures import CommandError
from plimsoll.installation import database_url, installation
from plimsoll.options import data_argument, moment
from shared.kafka.clients import SERVICE_TOPICS
from shared.kafka.probe import KafkaProbe
from shared.loop.rewind import rewind
from shared.postgres.database import create_engine
from shared.runtime.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--service", required=True, choices=sorted(SERVICE_TOPICS))
    parser.add_argument(
        "--to",
        required=True,
        type=_place,
        metavar="earliest|TIME",
        help="TIME as 2026-11-22T05:00:00Z",
    )
    data_argument(parser)


def run(args: argparse.Namespace) -> int:
    asyncio.run(_rewind(installation(args, kafka=True), args.service, args.to))
    return 0


async def _rewind(settings: Settings, service: str, to: datetime | None) -> None:
    engine, probe = (
        create_engine(database_url(settings), name="plimsoll-rewind", pool_size=1),
        KafkaProbe(settings),
    )
    try:
        places = await rewind(engine, probe, service, to)
        if not places:
            raise CommandError(f"{service} has read nothing yet, so there is nothing to read again")
        for partition, offset in sorted(places.items()):
            print(f"{service} reads {partition.topic} {partition.partition} from {offset}")
    finally:
        await probe.close()
        await engine.dispose()


def _place(text: str) -> datetime | None:
    """None for `earliest`."""
    return None if text == "earliest" else moment(text)
