"""Which installation a command works on: the one named by the environment, or the embedded one
running on `--data DIR`.
"""

import argparse
import dataclasses

from sqlalchemy.ext.asyncio import AsyncEngine

from plimsoll.datadir import find_running
from plimsoll.failures import CommandError
from shared.clock import state as clock_state
from shared.clock.clock import Clock
from shared.runtime.settings import Settings, load_settings


def installation(
    args: argparse.Namespace, *, kafka: bool = False, port: int | None = None
) -> Settings:
    """Settings with the addresses that the command needs: the database's, and Kafka's with `kafka`.
    Raises CommandError.

    `port`: the port to listen on, instead of PLIMSOLL_PORT.
    """
    settings = load_settings(data_dir=args.data, port=port)
    if settings.database_url and (settings.kafka_bootstrap_servers or not kafka):
        return settings
    place, running = find_running(args.data)
    if running is None:
        names = "PLIMSOLL_DATABASE_URL" + (" and PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS" if kafka else "")
        raise CommandError(
            f"no Plimsoll is running on {place}: start one with `plimsoll up --data {place}`, "
            f"name another with `--data`, or set {names}"
        )
    if not settings.kafka_bootstrap_servers:
        settings = dataclasses.replace(settings, **running.kafka_settings)
    return dataclasses.replace(
        settings,
        database_url=settings.database_url or running.database_url,
        kafka_bootstrap_servers=settings.kafka_bootstrap_servers or running.kafka,
        admin_key=settings.admin_key or running.admin_key,
        test_clock=settings.test_clock or running.test_clock,
        data_dir=place,
        embedded=True,
    )


def database_url(settings: Settings) -> str:
    assert settings.database_url is not None, "installation() has checked it"
    return settings.database_url


async def clock_of(settings: Settings, engine: AsyncEngine) -> Clock:
    """The clock of the installation's services."""
    clock = Clock()
    if settings.test_clock:
        await clock_state.refresh(engine, clock)
    return clock
