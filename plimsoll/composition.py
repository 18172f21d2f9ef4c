"""The base of `plimsoll up` and `plimsoll demo`: embedded servers unless addresses are given, keys,
the schema; stopped at the end.
"""

import asyncio
import dataclasses
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import make_url

from plimsoll.datadir import Running, admin_key, forget_running, write_running
from plimsoll.progress import Progress
from services.console.service import build as console
from services.ingest.service import build as ingest
from services.notifier.service import build as notifier
from services.trigger.service import build as trigger
from shared.embedded import Addresses, EmbeddedStack, Given
from shared.embedded.errors import EmbeddedError
from shared.embedded.kafka import Credentials
from shared.migrations import upgrade
from shared.runtime.service import Build
from shared.runtime.settings import Settings

SERVICES: Sequence[Build] = (ingest, trigger, notifier, console)


@dataclasses.dataclass(frozen=True, slots=True)
class Ground:
    """`settings` has every address and key. `admin_key_file` is where a key generated here is
    stored.
    """

    settings: Settings
    addresses: Addresses
    admin_key_file: Path | None

    @property
    def postgres(self) -> str:
        """HOST:PORT."""
        url = make_url(self.addresses.postgres_url)
        return f"{url.host}:{url.port or 5432}"


@asynccontextmanager
async def standing(
    settings: Settings, data_dir: Path, stop: asyncio.Event
) -> AsyncIterator[Ground]:
    """Starts the servers and brings the schema to head. Raises shared.embedded.errors.Cancelled if
    `stop` is set first, EmbeddedError on failure.
    """
    progress = Progress()
    given = Given(settings.kafka_bootstrap_servers, settings.database_url, _credentials(settings))
    if given.kafka and given.postgres_url:
        await upgrade(given.postgres_url)
        yield Ground(
            dataclasses.replace(settings, data_dir=data_dir),
            Addresses(given.kafka, given.postgres_url),
            None,
        )
        return
    stack = EmbeddedStack(data_dir, progress, given=given)
    try:
        with _stopped_by_signals(stop):
            addresses = await _start(stack, stop)
            # Left by a killed process; only now is the directory ours.
            forget_running(stack.data_dir)
            progress("preparing the database")
            await upgrade(addresses.postgres_url)
            progress.done()
        yield _ground(settings, addresses, stack.data_dir)
        forget_running(stack.data_dir)
    finally:
        with _stopped_by_signals(stop):
            await asyncio.to_thread(stack.stop)


def _credentials(settings: Settings) -> Credentials | None:
    """Client credentials in the settings apply to an embedded broker too: it then accepts nobody
    else.
    """
    protocol, mechanism = settings.kafka_security_protocol, settings.kafka_sasl_mechanism
    if settings.kafka_bootstrap_servers or protocol == "PLAINTEXT":
        return None
    if (protocol, mechanism) != ("SASL_PLAINTEXT", "PLAIN"):
        raise EmbeddedError(
            "the embedded Kafka supports PLIMSOLL_KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT "
            "with PLIMSOLL_KAFKA_SASL_MECHANISM=PLAIN, or "
            "neither; for others name a cluster in PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"
        )
    try:
        return Credentials(settings.kafka_sasl_username or "", settings.kafka_sasl_password or "")
    except ValueError as error:
        raise EmbeddedError(
            f"the embedded Kafka cannot use PLIMSOLL_KAFKA_SASL_USERNAME or …_PASSWORD: {error}"
        ) from error


async def _start(stack: EmbeddedStack, stop: asyncio.Event) -> Addresses:
    starting = asyncio.create_task(asyncio.to_thread(stack.start))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            await asyncio.to_thread(stack.stop)  # the start then ends with Cancelled
        return await starting
    finally:
        stopping.cancel()


def _ground(settings: Settings, addresses: Addresses, data_dir: Path) -> Ground:
    key, file = (settings.admin_key, None) if settings.admin_key else admin_key(data_dir)
    complete = dataclasses.replace(
        settings,
        database_url=addresses.postgres_url,
        kafka_bootstrap_servers=addresses.kafka,
        admin_key=key,
        data_dir=data_dir,
        embedded=True,
    )
    return Ground(complete, addresses, file)


def base_url(host: str, port: int) -> str:
    """The address that a client on this machine connects to."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(
        host, f"[{host}]" if ":" in host else host
    )
    return f"http://{reachable}:{port}"


_TOLD = (
    "kafka_security_protocol",
    "kafka_sasl_mechanism",
    "kafka_sasl_username",
    "kafka_sasl_password",
    "kafka_ssl_cafile",
    "topic_prefix",
    "dedupe_days",
    "public_url",
)


def announce(ground: Ground, host: str, port: int) -> None:
    """Records the running installation for other commands as soon as it accepts requests: some of
    them examine why it is not ready.
    """
    settings = ground.settings
    addresses, key = ground.addresses, settings.admin_key or ""
    told = {name: getattr(settings, name) for name in _TOLD}
    running = Running(
        base_url(host, port),
        addresses.kafka,
        addresses.postgres_url,
        key,
        test_clock=settings.test_clock,
        settings=told,
    )
    if settings.embedded and settings.data_dir is not None:
        write_running(settings.data_dir, running)


@contextmanager
def _stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """Handles signals before and after the services run, which handle them themselves."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
