"""Topics of one test, deleted afterwards, so that a session's broker does not fill up."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.support.loops import until


async def delete_topics(bootstrap_servers: str, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        if topics := [topic for topic in await admin.list_topics() if topic.startswith(prefix)]:
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
