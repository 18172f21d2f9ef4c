"""Checks the configuration of our topics: pure, given what the cluster reports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plimsoll.checks.finding import Finding
from shared.messages import USAGE_EVENTS

_DAY_MS = 86_400_000
_LARGEST = 300_000  # an event of 256 kB with its headers
_LEAST_BYTES = 256 * 2**20
"""Per partition: some hundred thousand records, which may be unread after an outage overnight."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A topic by its bare name. `configuration` is None if the cluster does not reveal it."""

    topic: str
    configuration: Mapping[str, str] | None
    replicas: int


def findings(topics: list[Kept], *, brokers: int, dedupe_days: int) -> Iterator[Finding]:
    silent = [kept.topic for kept in topics if not kept.configuration]
    if silent:
        remedy = "to check retention and sizes, grant this principal DescribeConfigs on the topics"
        yield Finding(
            "topics",
            f"the cluster does not reveal the configuration of {', '.join(silent)}",
            remedy,
            warning=True,
        )
    told = [kept for kept in topics if kept.configuration]
    for kept in told:
        yield from _policy(kept)
        yield from _time(kept, dedupe_days)
        yield from _bytes(kept)
        yield from _size(kept)
        yield from _copies(kept, brokers)


def _policy(kept: Kept) -> Iterator[Finding]:
    policy = _of(kept, "cleanup.policy", "delete")
    if "compact" in policy:
        what = (
            f"{kept.topic} has cleanup.policy={policy}: "
            "only the newest record of each account stays, unread ones are lost silently"
        )
        yield Finding(
            "compaction",
            what,
            "set the topic's cleanup.policy to delete; what was compacted away may be sent again",
        )
    elif kept.topic == USAGE_EVENTS:
        yield Finding("compaction", f"cleanup.policy of {kept.topic} is {policy}")


def _time(kept: Kept, dedupe_days: int) -> Iterator[Finding]:
    milliseconds = int(_of(kept, "retention.ms", "-1"))
    days = "for ever" if milliseconds < 0 else f"{milliseconds / _DAY_MS:.1f} days"
    if kept.topic == USAGE_EVENTS:
        short = 0 <= milliseconds < dedupe_days * _DAY_MS
        remedy = (
            (
                f"set the topic's retention.ms above {dedupe_days * _DAY_MS}: "
                "a rewind cannot reach further back"
            )
            if short
            else None
        )
        yield Finding(
            "retention",
            f"{kept.topic} is kept {days}, the dedupe window is {dedupe_days} days",
            remedy,
        )
    elif 0 <= milliseconds < _DAY_MS:
        remedy = (
            f"set the topic's retention.ms to {_DAY_MS} or more: "
            "a longer outage of its reader loses records"
        )
        yield Finding("retention", f"{kept.topic} is kept {days}", remedy)


def _bytes(kept: Kept) -> Iterator[Finding]:
    limit = int(_of(kept, "retention.bytes", "-1"))
    if 0 <= limit < _LEAST_BYTES:
        remedy = (
            f"set the topic's retention.bytes to -1, or to {_LEAST_BYTES} or more: "
            "beyond it even unread records are deleted"
        )
        yield Finding("retention", f"{kept.topic} keeps {limit} bytes of a partition", remedy)


def _size(kept: Kept) -> Iterator[Finding]:
    largest = int(_of(kept, "max.message.bytes", str(_LARGEST)))
    remedy = (
        f"set the topic's max.message.bytes to {_LARGEST} or more: events may have 256 kB"
        if largest < _LARGEST
        else None
    )
    if remedy or kept.topic == USAGE_EVENTS:
        yield Finding("message size", f"{kept.topic} takes {largest} bytes", remedy)


def _copies(kept: Kept, brokers: int) -> Iterator[Finding]:
    least = int(_of(kept, "min.insync.replicas", "1"))
    if least > kept.replicas:
        remedy = (
            f"set its min.insync.replicas to {max(1, kept.replicas - 1)}, or give it more replicas"
        )
        yield Finding(
            "replicas",
            f"{kept.topic} wants {least} replicas in sync and has {kept.replicas}: "
            "it accepts no records",
            remedy,
        )
    elif kept.replicas == 1 and brokers > 1:
        remedy = (
            "give it 3 replicas "
            "and min.insync.replicas=2 if losing a broker's disk must not lose records"
        )
        yield Finding(
            "replicas",
            f"{kept.topic} has one replica on a cluster of {brokers} brokers",
            remedy,
            warning=True,
        )
    if _of(kept, "unclean.leader.election.enable", "false") == "true":
        remedy = "set the topic's unclean.leader.election.enable to false"
        yield Finding(
            "replicas",
            f"{kept.topic} may elect a leader that lacks acknowledged records",
            remedy,
            warning=True,
        )


def _of(kept: Kept, name: str, default: str) -> str:
    return (kept.configuration or {}).get(name, default)
