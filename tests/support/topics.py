"""Topics of one test, deleted afterwards, so that a session's broker does not fill up."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.support.loops import until

_TOGETHER = 10


class UsedPrefixes:
    """Those of tests that have ended. Their topics are deleted for several of them at once: asking
    the broker takes a twentieth of a second of CPU time, and most tests leave none.
    """

    def __init__(self, bootstrap_servers: str) -> None:
        self._servers = bootstrap_servers
        self._prefixes: list[str] = []

    async def add(self, prefix: str) -> None:
        self._prefixes.append(prefix)
        if len(self._prefixes) >= _TOGETHER:
            await self.delete()

    async def delete(self) -> None:
        if self._prefixes:
            await delete_topics(self._servers, *self._prefixes)
        self._prefixes.clear()


async def delete_topics(bootstrap_servers: str, *prefixes: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        if topics := [topic for topic in await admin.list_topics() if topic.startswith(prefixes)]:
            await admin.delete_topics(topics)
    finally:
        await admin.close()


async def make_again(bootstrap_servers: str, topic: str, partitions: int) -> None:
    """Deletes a topic and creates another with the same name as soon as the broker permits."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        await admin.delete_topics([topic])
        await until(lambda: _is_gone(admin, topic), 30)
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()


async def _is_gone(admin: AIOKafkaAdminClient, topic: str) -> bool:
    return topic not in await admin.list_topics()
