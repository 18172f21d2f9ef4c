"""Arguments shared by several commands."""

import argparse
from datetime import datetime
from pathlib import Path


def data_argument(parser: argparse.ArgumentParser, default: str = "the one that runs") -> None:
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        help=f"data directory of the embedded installation (default: {default})",
    )


def port_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=_port,
        help="of the HTTP API; 0 selects a free one (default: PLIMSOLL_PORT, else 8000)",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port between 0 and 65535")
    return int(text)


def moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time like 2026-11-22T05:00:00Z"
        ) from None
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no time zone: write 2026-11-22T05:00:00Z")
    return at
