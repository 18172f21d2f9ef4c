"""`plimsoll trigger`: one service; up to as many processes as the topics have partitions share its
work.
"""

import argparse

from plimsoll.one_service import arguments, run_service
from services.trigger.service import build

__all__ = ["arguments", "run"]


def run(args: argparse.Namespace) -> int:
    return run_service(args, build)
