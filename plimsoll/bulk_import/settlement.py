"""Sends a batch and determines the result of each row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from plimsoll.bulk_import.batches import Batch, Item, events_of, lines_of
from plimsoll.bulk_import.rows import Row, place_in
from plimsoll.bulk_import.sender import Sender
from plimsoll.failures import CommandError
from shared.values.faults import Fault

Result = Literal["created", "updated", "unchanged", "told", "refused"]
_INDEX = re.compile(r"/(\d+)(/.*|)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one row."""

    row: Row
    result: Result
    faults: tuple[Fault, ...] = ()


async def settle(sender: Sender, batch: Batch) -> list[Outcome]:
    if batch.facts:
        return await _tell(sender, batch.facts)
    return await _put(sender, list(batch.items.values())) if batch.items else []


async def _put(sender: Sender, items: Sequence[Item]) -> list[Outcome]:
    """If an item made of several rows is refused, each row is sent by itself, in order."""
    found, apart = list[Outcome](), list[Item]()
    for item, told in zip(items, await _asked(sender, items), strict=True):
        if told["result"] == "refused" and len(item.rows) > 1:
            apart.append(item)
        else:
            found += [_outcome(row, told) for row in item.rows]
    for turn in range(max((len(item.rows) for item in apart), default=0)):
        found += await _put(
            sender, [Item([item.rows[turn]]) for item in apart if turn < len(item.rows)]
        )
    return found


async def _asked(sender: Sender, items: Sequence[Item]) -> list[dict[str, Any]]:
    _, answer = await sender.post(
        "/v1/accounts:batch", lines_of(items), "application/x-ndjson", (200,)
    )
    told = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(told, list) or len(told) != len(items):
        raise CommandError(f"{sender.client.base_url} gave a response that is not Plimsoll's")
    return told


def _outcome(row: Row, told: dict[str, Any]) -> Outcome:
    faults = (Fault(str(one["path"]), str(one["reason"])) for one in told["errors"])
    return Outcome(row, told["result"], tuple(place_in(row, fault) for fault in faults))


async def _tell(sender: Sender, rows: Sequence[Row]) -> list[Outcome]:
    """Facts are accepted all or none: faulty ones are left out, and the others sent again."""
    left, refused = list(rows), list[Outcome]()
    while left:
        status, answer = await sender.post(
            "/v1/signals",
            events_of(left),
            "application/cloudevents-batch+json",
            (202, 400, 413, 422),
        )
        if status == 202:
            break
        faults = _by_row(answer)
        if not faults:
            if len(left) == 1:
                return [*refused, Outcome(left[0], "refused", (Fault("", _detail(answer)),))]
            half = len(left) // 2
            return [*refused, *await _tell(sender, left[:half]), *await _tell(sender, left[half:])]
        refused += [
            Outcome(left[place], "refused", tuple(found))
            for place, found in faults.items()
            if place < len(left)
        ]
        left = [row for place, row in enumerate(left) if place not in faults]
    return [*refused, *(Outcome(row, "told") for row in left)]


def _by_row(answer: Any) -> dict[int, list[Fault]]:
    found: dict[int, list[Fault]] = {}
    for one in answer.get("errors", []) if isinstance(answer, dict) else []:
        if match := _INDEX.fullmatch(str(one["path"])):
            path = "/account" if match[2] == "/subject" else match[2]
            found.setdefault(int(match[1]), []).append(Fault(path, str(one["reason"])))
    return found


def _detail(answer: Any) -> str:
    return str(answer.get("detail", "")) if isinstance(answer, dict) else "is refused"
