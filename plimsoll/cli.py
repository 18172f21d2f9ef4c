"""The command line. Each command is a module of `plimsoll.commands` with `arguments(parser)` and
`run(args) -> exit code`.

Exit codes: 0 done, 1 failed with one clear line on stderr, 2 usage.
"""

import argparse
import gc
import importlib
import logging
import signal
import sys
from collections.abc import Sequence

from plimsoll import __version__

COMMANDS = {
    "demo": (
        "a working example: embedded servers, demo accounts, a simulator, a page in the browser"
    ),
    "up": (
        "all services and the console in one process; "
        "embedded Kafka and PostgreSQL unless addresses are given"
    ),
    "ingest": "the service that counts usage events",
    "trigger": "the service that decides who is told what, and why",
    "notifier": "the service that delivers messages",
    "console": "the pages for the people who work with it",
    "openapi": "print the OpenAPI description of the whole API, for client generators",
    "migrate": "bring the database schema to head",
    "catalog": "check or apply a catalogue of meters and plans",
    "import": "import accounts, contacts, subscriptions, limits and facts from a file",
    "key": "create, list or revoke API keys",
    "person": "make a link that logs a person in to the console, once",
    "rewind": (
        "read a service's topics again from an earlier place; nothing is counted or sent twice"
    ),
    "explain": "why an account was or was not told or sold to, gate by gate",
    "value": "what the next plan is worth to an account, with figures to try out",
    "backtest": "what another catalogue would have sent, compared with what was sent",
    "setup": "the five first steps of an installation, and which are done",
    "doctor": (
        "check configuration, "
        "connections, topics, schema and clock, and say what to do about each fault"
    ),
}

_MODULES = {"import": "bulk_import"}
"""Commands whose name is a Python keyword cannot be module names."""
_RUNNING_UNTIL_STOPPED = {"demo", "up", "ingest", "trigger", "notifier", "console"}


def main(argv: Sequence[str] | None = None) -> int:
    # What is imported stays: looking for garbage in it takes a sixth of a start.
    gc.set_threshold(100_000, 20, 20)
    arguments = list(sys.argv[1:] if argv is None else argv)
    if _chosen(arguments) in _RUNNING_UNTIL_STOPPED:
        # A stop before there is anything to drain is a clean end too; commands that drain replace
        # this handler.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    else:
        # Logging is not configured: messages of the Kafka client would clutter the one clear line.
        logging.getLogger("aiokafka").addHandler(logging.NullHandler())
        logging.getLogger("aiokafka").propagate = False
    args = _parser(arguments).parse_args(arguments)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        print("plimsoll: interrupted", file=sys.stderr)
    except Exception as error:
        from plimsoll.failures import one_line

        line = one_line(error)
        if line is None:
            raise
        print(f"plimsoll: {line}", file=sys.stderr)
    return 1


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Imports only the chosen command's module: `plimsoll key list` need not wait for the demo's
    imports.
    """
    parser = argparse.ArgumentParser(
        prog="plimsoll",
        description=(
            "Watches how full every customer's plan is, "
            "and tells the right person at the right moment."
        ),
    )
    parser.add_argument("--version", action="version", version=f"plimsoll {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    chosen = _chosen(arguments)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + "."
        )
        if name == chosen:
            module = importlib.import_module(f"plimsoll.commands.{_MODULES.get(name, name)}")
            module.arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _chosen(arguments: Sequence[str]) -> str | None:
    return next((word for word in arguments if not word.startswith("-")), None)


if __name__ == "__main__":
    sys.exit(main())
