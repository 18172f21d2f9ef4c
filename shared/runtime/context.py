"""What a process has one of and its services share."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.types import ASGIApp

from shared.clock.clock import Clock
from shared.clock.test_faults import TestFaults
from shared.kafka.clients import Producer
from shared.kafka.probe import KafkaProbe
from shared.loop.outbox import Outbox
from shared.operations.standings import Away
from shared.postgres.database import create_engine, transaction
from shared.postgres.together import Answer, Question, Together
from shared.postgres.wake import Wake
from shared.runtime.settings import Settings
from shared.security.api_keys import Keys
from shared.security.crypto import Signer, Vault, secrets_of

T = TypeVar("T")


@dataclass(slots=True)
class Context:
    """Created before the services, closed after them. `stopping` is set as soon as the process is
    asked to stop: long-lived responses end then.
    """

    settings: Settings
    engine: AsyncEngine
    clock: Clock
    wake: Wake
    producer: Producer
    signer: Signer
    vault: Vault
    keys: Keys
    probe: KafkaProbe
    faults: TestFaults = field(default_factory=TestFaults)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    quiescence: dict[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)
    """Kind of work -> whether everything due by the clock has been done: the test clock waits for
    all of them.
    """
    api: ASGIApp | None = None
    """All services' routes, where this process holds all of them."""
    lacks: Callable[[], Mapping[str, Away]] = dict
    """What this process cannot reach, by the name of the check, and since when."""
    _outboxes: dict[str, Outbox] = field(default_factory=dict)
    _together: dict[object, Together[Any, Any]] = field(default_factory=dict)
    _only: dict[object, Any] = field(default_factory=dict)

    def outbox(self, service: str) -> Outbox:
        """A service's only outbox in this process: handlers, endpoints and the relay share it."""
        if service not in self._outboxes:
            self._outboxes[service] = Outbox(service, self.wake)
        return self._outboxes[service]

    def only(self, make: Callable[["Context"], T]) -> T:
        """The process's only one of what `make` makes, made when it is first asked for."""
        if make not in self._only:
            self._only[make] = make(self)
        return cast(T, self._only[make])

    def give(self, made: object) -> None:
        """Keeps the process's only one of its type."""
        self._only[type(made)] = made

    def given(self, type_: type[T]) -> T:
        """What `give` keeps."""
        return cast(T, self._only[type_])

    def together(
        self,
        read: Callable[
            [AsyncConnection, Collection[Question]], Awaitable[Mapping[Question, Answer]]
        ],
    ) -> Together[Question, Answer]:
        """Answers concurrent questions with the same statements: `await
        context.together(read)(question)`. `read` only reads: each statement commits on its own.
        """
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")

        async def ask(questions: Collection[Question]) -> Mapping[Question, Answer]:
            async with transaction(engine) as conn:
                return await read(conn, questions)

        if read not in self._together:
            self._together[read] = Together(ask)
        return self._together[read]

    async def close(self) -> None:
        await asyncio.gather(self.producer.stop(), self.probe.close())
        await self.engine.dispose()


def make_context(settings: Settings, *, name: str, pool_size: int = 10) -> Context:
    """Needs a running event loop; does not connect yet. Raises NoSecret if there is nothing to
    derive keys from.
    """
    assert settings.database_url is not None
    assert settings.kafka_bootstrap_servers is not None
    installation = secrets_of(settings)
    engine = create_engine(settings.database_url, name=f"plimsoll-{name}", pool_size=pool_size)
    return Context(
        settings=settings,
        engine=engine,
        clock=Clock(),
        wake=Wake(settings.database_url, name=f"plimsoll-{name}-wake"),
        producer=Producer(settings, name=f"{name}-api"),
        signer=Signer(installation),
        vault=Vault(installation),
        keys=Keys(engine, settings.admin_key),
        probe=KafkaProbe(settings),
    )
