"""`plimsoll ingest`: one service; up to as many processes as the topics have partitions share its
work.
"""

import argparse

from plimsoll.one_service import arguments, run_service
from services.ingest.service import build

__all__ = ["arguments", "run"]


def run(args: argparse.Namespace) -> int:
    return run_service(args, build)
