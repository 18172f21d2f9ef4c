"""Three brokers in one cluster, built from the embedded broker: for what only happens to clients of
a cluster.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from shared.embedded.kafka import EmbeddedKafka
from shared.embedded.ports import HOST
from tests.support.servers import passable_directory

SIZE = 3
_REPLICATED = {
    "offsets.topic.replication.factor": str(SIZE),
    "transaction.state.log.replication.factor": str(SIZE),
    "transaction.state.log.min.isr": "2",
    "default.replication.factor": str(SIZE),
    "min.insync.replicas": "2",
    # An unresponsive broker is removed soon, and comes back soon.
    "replica.lag.time.max.ms": "3000",
    "controller.quorum.election.timeout.ms": "500",
    "controller.quorum.fetch.timeout.ms": "1500",
}
_CLUSTER_ID = "PlimsollTestsCluster00"


class Cluster:
    def __init__(self, brokers: list[EmbeddedKafka]) -> None:
        self.brokers = brokers

    @property
    def addresses(self) -> str:
        return ",".join(broker.address for broker in self.brokers)

    async def start(self) -> None:
        await asyncio.gather(
            *(asyncio.to_thread(broker.start) for broker in self.brokers if not broker.wanted)
        )


@contextmanager
def three_brokers() -> Iterator[Cluster]:
    """Started by `start`: none is ready before most of them are running."""
    with passable_directory() as directory, ExitStack() as stack:
        brokers = [_broker(directory, number) for number in range(1, SIZE + 1)]
        voters = ",".join(
            f"{broker.node}@{HOST}:{broker.ports['controller']}" for broker in brokers
        )
        for broker in brokers:
            broker.extra = _REPLICATED | {"controller.quorum.voters": voters}
            stack.callback(broker.kill)
        yield Cluster(brokers)


def _broker(directory: Path, number: int) -> EmbeddedKafka:
    broker = EmbeddedKafka(directory / f"kafka-{number}")
    broker.node, broker.cluster_id = number, _CLUSTER_ID
    broker.prepare()
    (broker.home / "controller-password").write_text("controllers-of-this-test")
    return broker
