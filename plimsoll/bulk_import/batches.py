"""Groups rows into requests: as many accounts as fit, several rows of an account as one item.
Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from plimsoll.bulk_import.rows import Mark, Row, Unusable, event_of, item_of
from shared.values.quantities import dumps

MOST_ITEMS, MOST_BYTES = 1_000, 4 * 2**20
_MOST_EVENT_BYTES = 900_000
_MOST_ROWS = 10_000


@dataclass(slots=True)
class Item:
    """Rows of one account, as one item of the batch."""

    rows: list[Row]
    body: dict[str, Any] | None = None

    def takes(self, row: Row) -> bool:
        """Whether the row fits into the item too. A repeated statement goes into a later batch: the
        later row wins.
        """
        if row.kind == "account" or not self.rows[0].body:
            return False
        here = self._merged()
        match row.kind:
            case "contact":
                named = [*_listed(here, "contacts"), *_listed(here, "add_contacts")]
                return row.body.get("id") not in [
                    one.get("id") for one in named if isinstance(one, dict)
                ]
            case "subscription":
                return "subscription" not in here
        return row.body["meter"] not in here.get("limits", {})

    def add(self, row: Row) -> None:
        here = self._merged()
        for name, value in item_of(row).items():
            if name == "add_contacts":
                here[name] = [*_listed(here, name), *value]
            elif name == "limits":
                here[name] = {**here.get(name, {}), **value}
            else:
                here[name] = value
        self.rows.append(row)

    @property
    def encoded(self) -> bytes:
        first = self.rows[0]
        return first.raw if len(self.rows) == 1 and first.raw is not None else dumps(self._merged())

    def _merged(self) -> dict[str, Any]:
        if self.body is None:
            self.body = item_of(self.rows[0])
        return self.body


def _listed(body: Mapping[str, Any], name: str) -> list[Any]:
    found = body.get(name)
    return found if isinstance(found, list) else []


@dataclass(slots=True)
class Batch:
    """One request. `end`: the place in the file that is done once it is answered. `unusable`: rows
    in between that are not sent.
    """

    kind: str
    items: dict[str, Item] = field(default_factory=dict)
    facts: list[Row] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    end: Mark = field(default_factory=Mark)
    rows: int = 0
    size: int = 0

    @property
    def accounts(self) -> set[str]:
        return set(self.items) | {row.account for row in self.facts}

    def takes(self, row: Row) -> bool:
        if (row.kind == "fact") != (self.kind == "fact") or self.rows >= _MOST_ROWS:
            return False
        if row.kind == "fact":
            return len(self.facts) < MOST_ITEMS and self.size < _MOST_EVENT_BYTES
        item = self.items.get(row.account)
        return self.size < MOST_BYTES and (
            len(self.items) < MOST_ITEMS if item is None else item.takes(row)
        )

    def add(self, row: Row) -> None:
        if row.kind == "fact":
            self.facts.append(row)
        elif (item := self.items.get(row.account)) is not None:
            item.add(row)
        else:
            self.items[row.account] = Item([row])
        self.rows += 1
        self.size += row.span.size

    def passes(self, one: Row | Unusable) -> None:
        self.end = one.span.end
        if isinstance(one, Unusable):
            self.unusable.append(one)


def batches(rows: Iterable[Row | Unusable]) -> Iterator[Batch]:
    """The results, in the order of the file."""
    batch = Batch("account")
    for one in rows:
        if isinstance(one, Row):
            if not batch.takes(one) and (batch.rows or batch.unusable):
                yield batch
                batch = Batch("fact" if one.kind == "fact" else "account")
            batch.kind = batch.kind if batch.rows else ("fact" if one.kind == "fact" else "account")
            batch.add(one)
        elif len(batch.unusable) >= _MOST_ROWS:
            yield batch
            batch = Batch(batch.kind)
        batch.passes(one)
    if batch.rows or batch.unusable:
        yield batch


def lines_of(items: Iterable[Item]) -> bytes:
    """A body of `POST /v1/accounts:batch`."""
    return b"\n".join(item.encoded for item in items)


def events_of(rows: Iterable[Row]) -> bytes:
    """A body of `POST /v1/signals`."""
    return dumps([event_of(row) for row in rows])
