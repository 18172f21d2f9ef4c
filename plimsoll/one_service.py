"""One service in its own process, on the given addresses, or on the embedded servers of a running
`plimsoll up`.
"""

import argparse

from plimsoll.installation import installation
from plimsoll.options import data_argument, port_argument
from shared.runtime.service import Build, run_process


def arguments(parser: argparse.ArgumentParser) -> None:
    port_argument(parser)
    data_argument(parser)


def run_service(args: argparse.Namespace, build: Build) -> int:
    from plimsoll.composition import SERVICES

    return run_process(installation(args, kafka=True, port=args.port), [build], whole=SERVICES)
