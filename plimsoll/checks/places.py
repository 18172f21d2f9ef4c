"""The stored offsets: whether each service can continue reading, in the same topic."""

from collections.abc import Iterator

from aiokafka.structs import TopicPartition
from sqlalchemy.exc import DBAPIError

from plimsoll.checks.finding import Finding
from shared.kafka.clients import SERVICE_TOPICS, KafkaUnavailable
from shared.kafka.probe import KafkaProbe
from shared.kafka.topic_identity import Verdict, made_anew
from shared.loop.offsets import Stored, read
from shared.loop.ownership import out_of_range
from shared.postgres.database import create_engine, transaction
from shared.postgres.errors import DatabaseUnavailable, sqlstate
from shared.runtime.settings import Settings

_NOT_THERE = ("28", "3D", "42")  # the role, the database, the table


async def check(settings: Settings) -> list[Finding]:
    """No finding if PostgreSQL, its schema or Kafka are missing: other checks report that."""
    assert settings.database_url is not None
    engine, probe = (
        create_engine(settings.database_url, name="plimsoll-doctor", pool_size=1),
        KafkaProbe(settings),
    )
    found: list[Finding] = []
    try:
        for service, topics in SERVICE_TOPICS.items():
            begins, ends = await probe.offsets(topics, "begin"), await probe.offsets(topics, "end")
            async with transaction(engine) as conn:
                stored = await read(conn, service, ends)
            verdict = await probe.examine(stored) if stored else Verdict()
            found += _faults(service, stored, begins, ends, verdict)
    except (KafkaUnavailable, DatabaseUnavailable):
        return []
    except DBAPIError as error:
        if sqlstate(error)[:2] in _NOT_THERE:
            return []
        raise
    finally:
        await probe.close()
        await engine.dispose()
    return found or [Finding("places", "every service can continue from its stored offsets")]


def _faults(
    service: str,
    stored: dict[TopicPartition, Stored],
    begins: dict[TopicPartition, int],
    ends: dict[TopicPartition, int],
    verdict: Verdict,
) -> Iterator[Finding]:
    for partition, place in sorted(stored.items()):
        reason = out_of_range(place.next, begins[partition], ends[partition], service)
        if reason is not None:
            what, _, remedy = reason.partition(". ")
            yield Finding(
                "places", f"{service}, {partition.topic} {partition.partition}: {what}", remedy
            )
        elif partition in verdict.anew:
            what, _, remedy = made_anew(place).partition(". ")
            yield Finding(
                "places",
                f"{service}, {partition.topic} {partition.partition}: {what}",
                remedy,
                warning=True,
            )
