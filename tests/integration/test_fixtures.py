"""The fixtures that every other integration test depends on."""

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.embedded import Addresses
from shared.migrations.run import head
from shared.runtime.settings import Settings


async def test_a_test_gets_a_migrated_database_of_its_own(
    database_url: str, module_database_url: str
) -> None:
    assert database_url != module_database_url
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("select version_num from alembic_version") == head()
        assert await connection.fetchval("select count(*) from outbox") == 0
    finally:
        await connection.close()


async def test_topics_of_a_test_can_be_made_on_a_real_broker(
    stack: Addresses, topic_prefix: str, settings: Settings
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    try:
        response = await admin.create_topics(
            [NewTopic(f"{settings.topic_prefix}usage.events", 4, 1)]
        )
        assert [(topic, code) for topic, code, _ in response.topic_errors] == [
            (f"{topic_prefix}usage.events", 0)
        ]
    finally:
        await admin.close()
