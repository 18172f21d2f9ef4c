"""All services in one event loop, on embedded servers unless addresses are given."""

import asyncio
import sys
from functools import partial
from pathlib import Path

import uvloop

from plimsoll.composition import SERVICES, announce, base_url, standing
from shared.embedded.errors import Cancelled
from shared.runtime.service import run as run_services
from shared.runtime.settings import Settings
from shared.telemetry.logs import configure_logging


def up(settings: Settings, data_dir: Path) -> int:
    configure_logging(settings.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_up(settings, data_dir))


async def _up(settings: Settings, data_dir: Path) -> int:
    stop = asyncio.Event()
    try:
        async with standing(settings, data_dir, stop) as ground:
            print(f"kafka {ground.addresses.kafka}\npostgres {ground.postgres}", flush=True)
            if ground.admin_key_file:
                print(f"an API key with every scope is in {ground.admin_key_file}", file=sys.stderr)

            def on_ready(host: str, port: int) -> None:
                print(f"ready {base_url(host, port)}", flush=True)

            on_listening = partial(announce, ground)
            return await run_services(
                ground.settings, SERVICES, on_listening=on_listening, on_ready=on_ready, stop=stop
            )
    except Cancelled:
        return 0
