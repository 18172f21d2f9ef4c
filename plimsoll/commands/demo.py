"""`plimsoll demo`: a complete working example on one page."""

import argparse

from plimsoll.datadir import default_data_dir
from plimsoll.options import data_argument, port_argument
from plimsoll.preflight import settings_to_run


def arguments(parser: argparse.ArgumentParser) -> None:
    port_argument(parser)
    data_argument(parser, str(default_data_dir("demo")))
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")
    parser.add_argument("--fresh", action="store_true", help="delete the data of earlier starts")


def run(args: argparse.Namespace) -> int:
    data_dir = (args.data or default_data_dir("demo")).absolute()
    settings = settings_to_run(args, data_dir)
    # Its imports take a second or more: only once it is certain that it can run.
    from plimsoll.demo.run import demo

    return demo(settings, data_dir, browser=not args.no_browser, fresh=args.fresh)
