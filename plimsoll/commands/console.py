"""`plimsoll console`: the console alone, in any number of processes."""

import argparse

from plimsoll.one_service import arguments, run_service
from services.console.service import build

__all__ = ["arguments", "run"]


def run(args: argparse.Namespace) -> int:
    return run_service(args, build)
