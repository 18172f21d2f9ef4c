"""`plimsoll openapi`: the HTTP API of all three services as one OpenAPI document. Needs no server
and no settings.
"""

import argparse
import sys
from dataclasses import replace

from plimsoll.composition import SERVICES
from shared.runtime.service import description
from shared.runtime.settings import load_settings
from shared.values.quantities import dumps


def arguments(parser: argparse.ArgumentParser) -> None:
    """None: it contains `PLIMSOLL_PUBLIC_URL` as the address, and the test clock if that is on."""


def run(args: argparse.Namespace) -> int:
    nowhere = replace(
        load_settings(),
        database_url="postgresql://nobody@127.0.0.1:1/none",
        kafka_bootstrap_servers="127.0.0.1:1",
        admin_key="a placeholder: nothing uses it as a key",
    )
    sys.stdout.buffer.write(dumps(description(nowhere, SERVICES)) + b"\n")
    return 0
