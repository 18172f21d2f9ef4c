"""`plimsoll up`: all services in one process."""

import argparse

from plimsoll.datadir import default_data_dir
from plimsoll.options import data_argument, port_argument
from plimsoll.preflight import settings_to_run


def arguments(parser: argparse.ArgumentParser) -> None:
    port_argument(parser)
    data_argument(parser, str(default_data_dir("up")))


def run(args: argparse.Namespace) -> int:
    data_dir = (args.data or default_data_dir("up")).absolute()
    settings = settings_to_run(args, data_dir)
    # The services' imports take a second or more: only once it is certain that they can run.
    from plimsoll.together import up

    return up(settings, data_dir)
