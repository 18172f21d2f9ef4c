"""What aiokafka tells a member of a group: partitions taken away, partitions given."""

from collections.abc import Awaitable, Collection
from typing import Protocol

from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition


class Member(Protocol):
    async def revoked(self) -> None:
        """Returns when no batch is being worked on any more."""

    async def assigned(self) -> None: ...

    def fail(self, error: BaseException) -> None:
        """Of one of the two: to be raised by whoever reads the records."""


class Listener(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Runs in aiokafka's own task, which logs and drops what it raises: so failures are handed to the member."""

    def __init__(self, member: Member) -> None:
        self._member = member

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        await self._told(self._member.revoked())

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        await self._told(self._member.assigned())

    async def _told(self, change: Awaitable[None]) -> None:
        try:
            await change
        except Exception as error:
            self._member.fail(error)
