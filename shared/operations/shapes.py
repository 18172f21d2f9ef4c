"""The answer of `GET /v1/operations`."""

from typing_extensions import TypedDict

from shared.answers import MomentText


class InstanceShown(TypedDict):
    """A service in one process. `fault`: why it is not ready, as its log and `/readyz` say it."""

    name: str
    version: str
    started_at: MomentText
    seen_at: MomentText
    ready: bool
    fault: str | None


class ServiceShown(TypedDict):
    """`ready`: a process of it works. `reasons`: what is wrong with any of them, in words."""

    name: str
    instances: list[InstanceShown]
    ready: bool
    reasons: list[str]


class PartitionLagShown(TypedDict):
    """`lag`: records not yet applied; null while Kafka does not say."""

    service: str
    topic: str
    partition: int
    lag: int | None


class OutboxShown(TypedDict):
    """Messages on their way from PostgreSQL to Kafka."""

    service: str
    pending: int
    oldest_seconds: float


class ChannelStanding(TypedDict):
    """`waiting`: deliveries not yet sent. `oldest_seconds`: how long the first of them has been
    due. `resting_until`: this process sends nothing until then, since its receiver did not answer.
    """

    name: str
    state: str
    reason: str | None
    since: MomentText | None
    next_attempt_at: MomentText | None
    resting_until: MomentText | None
    last_delivered_at: MomentText | None
    waiting: int
    oldest_seconds: float
    text: str


class ParkedFault(TypedDict):
    """Accounts parked after the same fault."""

    service: str
    part: str
    reason: str
    accounts: int
    since: MomentText | None


class PostgresShown(TypedDict):
    """`since`: when it was found away. `reason`: as `/readyz` says it. `text`: in words."""

    ready: bool
    since: MomentText | None
    reason: str | None
    text: str
    version: str | None
    connections: int | None
    max_connections: int | None


class KafkaShown(TypedDict):
    """Likewise."""

    ready: bool
    since: MomentText | None
    reason: str | None
    text: str


class MissingPart(TypedDict):
    """A part of the answer that was not there in time."""

    part: str
    text: str


class OperationsShown(TypedDict):
    """`missing`: parts that are empty because they were not there in time."""

    services: list[ServiceShown]
    lag: list[PartitionLagShown]
    outbox: list[OutboxShown]
    channels: list[ChannelStanding]
    parked: list[ParkedFault]
    postgres: PostgresShown
    kafka: KafkaShown
    missing: list[MissingPart]
    as_of: MomentText
