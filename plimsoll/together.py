"""All services in one event loop, on embedded servers unless addresses are given."""

import asyncio
import sys
from functools import partial
from pathlib import Path

import uvloop

from plimsoll.composition import SERVICES, announce, base_url, standing
from plimsoll.installation import clock_of, database_url
from services.console.login import once
from shared.embedded.errors import Cancelled
from shared.postgres.database import create_engine, transaction
from shared.runtime.service import run as run_services
from shared.runtime.settings import Settings
from shared.telemetry.logs import configure_logging

ADMINISTRATOR = "admin"
"""The person as whom `plimsoll up` lets its operator in."""


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

            path = await _way_in(ground.settings)

            def on_ready(host: str, port: int) -> None:
                if path is not None:
                    print(f"console {base_url(host, port)}{path}", flush=True)
                print(f"ready {base_url(host, port)}", flush=True)

            on_listening = partial(announce, ground)
            return await run_services(
                ground.settings, SERVICES, on_listening=on_listening, on_ready=on_ready, stop=stop
            )
    except Cancelled:
        return 0


async def _way_in(settings: Settings) -> str | None:
    """The path of a link for an administrator, where no provider says who people are."""
    if not settings.embedded or settings.oidc_issuer is not None:
        return None
    engine = create_engine(database_url(settings), name="plimsoll-up", pool_size=1)
    try:
        clock = await clock_of(settings, engine)
        async with transaction(engine) as conn:
            return await once.make(conn, clock.now(), ADMINISTRATOR, ("admin",))
    finally:
        await engine.dispose()
