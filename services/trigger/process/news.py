"""A log that grew, as systems outside are told of it: the new entry, and what `GET` shows. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from services.trigger.process.log.entries import Entry
from shared.messages import Tell
from shared.messages.facts import AccountFacts, ChangedFacts, Facts
from shared.values.identity import identity
from shared.values.quantities import dumps

LARGEST = 256 * 1024
"""Bytes that are told of one entry: a broker takes a million in one message."""


def news(
    kind: Literal["opportunity.changed", "task.changed"],
    account: str,
    shown: Mapping[str, Any],
    entry: Entry,
    at: datetime,
) -> Tell:
    """`shown`: what `GET` answers, with an `id`."""
    data = fitting({**shown, "entry": entry.json()})
    return Tell(
        key=identity("changed", entry.id),
        kind=kind,
        cls="internal",
        account=account,
        created_at=at,
        facts=Facts(
            account=AccountFacts(account, account), changed=ChangedFacts(shown["id"], data)
        ),
        webhook=True,
    )


def fitting(data: Mapping[str, Any]) -> msgspec.Raw:
    """As JSON. Of what is larger than `LARGEST` the largest fields are left out and named in
    `omitted`.
    """
    sizes = {name: len(dumps({name: value})) for name, value in data.items()}
    omitted = list[str]()
    while sum(sizes.values()) > LARGEST:
        largest = max(sizes, key=lambda name: sizes[name])
        omitted.append(largest)
        del sizes[largest]
    kept = {name: data[name] for name in sizes}
    return msgspec.Raw(dumps({**kept, "omitted": sorted(omitted)} if omitted else kept))
