"""`plimsoll setup`: the five first steps, and which are done (R-231)."""

import argparse
import asyncio
import json
from collections.abc import Iterator

from plimsoll.installation import clock_of, database_url, installation
from plimsoll.options import data_argument
from services.trigger.dossier.loader import Loader
from services.trigger.setup import checklist
from services.trigger.setup.checklist import SetupShown
from services.trigger.tables.catalogs import Catalogs
from shared.postgres.database import create_engine, transaction
from shared.runtime.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as GET /v1/setup answers")
    parser.add_argument("--lang", choices=("ja", "en"), default="en")
    data_argument(parser)


def run(args: argparse.Namespace) -> int:
    found = checklist.shown(asyncio.run(_checked(installation(args))), args.lang)
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for line in lines(found):
            print(line)
    return 0


def lines(found: SetupShown) -> Iterator[str]:
    """`done  1  title  -> what to do`, and how many of the five are done."""
    for item in found["items"]:
        state = "done" if item["done"] else "todo"
        yield f"{state}  {item['n']}  {item['title']}  -> {item['remedy']}"
    yield f"{found['done']}/{checklist.ITEMS}"


async def _checked(settings: Settings) -> tuple[bool, ...]:
    engine = create_engine(database_url(settings), name="plimsoll-setup", pool_size=1)
    try:
        clock = await clock_of(settings, engine)
        async with transaction(engine) as conn:
            return await checklist.checked(conn, Loader(Catalogs()), clock.now())
    finally:
        await engine.dispose()
