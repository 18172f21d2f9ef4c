"""`plimsoll migrate`: safe while services run, and if several processes do it at the same time."""

import argparse
import asyncio

from plimsoll.installation import database_url, installation
from plimsoll.options import data_argument
from shared.migrations import upgrade


def arguments(parser: argparse.ArgumentParser) -> None:
    data_argument(parser)


def run(args: argparse.Namespace) -> int:
    print(f"schema at {asyncio.run(upgrade(database_url(installation(args))))}")
    return 0
