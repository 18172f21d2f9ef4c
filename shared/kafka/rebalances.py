"""What aiokafka tells a group member: partitions revoked, partitions assigned."""

from collections.abc import Awaitable, Collection
from typing import Protocol

from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition


class Member(Protocol):
    async def revoked(self) -> None:
        """Returns once no batch is being processed."""

    async def assigned(self) -> None: ...

    def fail(self, error: BaseException) -> None:
        """In either of the two: the reader of the records raises it."""


class Listener(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Runs in aiokafka's own task, which only logs exceptions: so failures are passed to the
    member.
    """

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
