"""Valid documents with odd values, names and numbers in any place: every parser says what is wrong,
and none raises anything else.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from aiokafka.structs import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ingest.accounts import Accounts
from services.ingest.intake import Rules, take_in
from services.ingest.rosters import Roster
from services.trigger.accounts import Subscription
from services.trigger.api.accounts import AccountBody
from services.trigger.judgement.facts import intake, types
from services.trigger.judgement.facts.record import EMPTY
from services.trigger.subscriptions.orders import Order, read_order
from services.trigger.totals import Counted, read_total
from shared.catalog import CatalogError, canonical, lint_catalog, parse_catalog, parse_stored
from shared.events import Event, Unusable, read_parts, read_record
from shared.values.bounds import FIRST_YEAR, LAST_YEAR
from shared.values.periods import period_at, zone
from shared.values.quantities import dumps
from shared.web.json_body import parse_json
from shared.web.problems import Problem
from tests.support.bad_facts import BAD, VALUE

TEXTS = [
    "",
    " ",
    "\x00",
    "\u2028",
    "\u3000",
    "a/b",
    "~",
    "9" * 5_000,
    "1e5",
    "NaN",
    "10 GB",
    "unlimited",
    "custom",
    "\U0001f468\u200d\U0001f469",
]
TIMES = [
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+23:59",
    "2016-12-31T23:59:60Z",
    "T" * 11 + "23:59:60Z",
    "2016-12-31T23:59:60+99:99",
]
DAYS = ["9999-12-31", "2199-12-31", "1990-01-01", "0001-01-01", "2026-02-30"]
LITERALS = [
    "0",
    "-0",
    "-1",
    "1e999999999",
    "1e99999999999999999999",
    "1E400",
    "0." + "1" * 100,
    "7" * 5_000,
    str(10**18),
    "NaN",
    "Infinity",
]
ODD: list[Any] = [
    *TEXTS,
    *TIMES,
    *DAYS,
    "\ud800",
    *(f"@{literal}@" for literal in LITERALS),
    True,
    False,
    None,
    [],
    {},
    [[]],
    {"": {}},
]

EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "/s",
    "type": "t",
    "subject": "a",
    "time": "2026-11-22T05:00:00Z",
    "data": {"x": 1},
}
TOTAL = {
    "account": "a",
    "meter": "m",
    "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
    "used": 1,
    "last_event_at": None,
    "revision": 1,
}
ORDER = {
    "plan": "a",
    "started_at": "2026-11-01T00:00:00Z",
    "anchor": None,
    "interval": "month",
    "quantity": 1,
    "renewal_date": None,
}
ACCOUNT = {
    "name": "A",
    "time_zone": "UTC",
    "customer_since": "2026-01-01",
    "employees": 1,
    "csm": {"id": "u", "name": "U", "close_authority": "5"},
    "contacts": [{"id": "c", "name": "C", "role": "owner", "email": "c@example.com"}],
    "external_ids": {"hubspot": "1"},
}
METER = {
    "event": "e",
    "aggregation": "sum",
    "value": "v",
    "reset": "period",
    "unit": "u",
    "name": {"en": "a", "ja": "b"},
    "filter": {"a": 1},
}
PLAN = {
    "id": "a",
    "rank": 1,
    "name": "x",
    "price": {"month": 1, "year": 2},
    "purchase": "self_serve",
    "limits": {"m": {"limit": 1, "thresholds": [1, {"at": 2}], "enforcement": "hard"}},
    "support": {"channels": ["e"], "first_response_hours": 1, "csm": "none"},
    "features": ["f"],
    "extra": {"m": 1},
    "graduation": ["m"],
    "target": True,
}
CATALOG = {
    "currency": "USD",
    "thresholds": [80],
    "meters": {"m": METER},
    "plans": [PLAN],
    "links": {"upgrade": "https://a.example/{account}"},
    "features": {"f": {"group": "features", "name": "x"}},
    "frameworks": {"soc2": ["f"]},
    "add_ons": [{"id": "p", "name": "x", "plans": ["a"], "price": 1, "limits": {"m": 1}}],
    "policy": {
        "proposal_cap": [{"count": 0, "days": 14}],
        "usage_low": {"percent": 1, "trend": 1},
        "sales_from": {"USD": 1},
    },
}
_BINARY = (
    ("ce_id", b"1"),
    ("ce_specversion", b"1.0"),
    ("ce_source", b"s"),
    ("ce_type", b"t"),
    ("ce_subject", b"a"),
)


def changed(random: Random, value: Any) -> Any:
    """The value with about one in ten of its parts replaced, including names."""
    if random.random() < 0.08:
        return random.choice(ODD)
    match value:
        case dict():
            return {
                str(random.choice(ODD))[:300] if random.random() < 0.04 else name: changed(
                    random, item
                )
                for name, item in value.items()
            }
        case list():
            return [changed(random, item) for item in value]
    return value


def written(value: Any) -> bytes:
    """JSON; a text between two @ is a literal."""
    return json.dumps(value).replace('"@', "").replace('@"', "").encode()


def _record(raw: bytes) -> None:
    record: Any = ConsumerRecord("usage.events", 0, 1, 0, 0, b"a", raw, None, 0, len(raw), ())
    now, window = datetime(2026, 11, 22, tzinfo=UTC), timedelta(days=35)
    take_in([record], 0, Rules({}, now, window, None, b"secret", Accounts(), Roster()))
    for found in (
        read_record(raw, ()),
        read_record(raw, (*_BINARY, ("ce_time", raw))),
        read_parts(_STRUCTURED, raw),
    ):
        if isinstance(found, Unusable):
            assert found.reason.partition(":")[0].isidentifier()


_STRUCTURED = [(b"content-type", b"application/cloudevents+json")]


def _total(raw: bytes) -> None:
    found = read_total(raw, None, is_ours=False)
    assert isinstance(found, Counted | str)


def _order(raw: bytes) -> None:
    """What is accepted has a period at any time."""
    order = read_order(parse_json(raw))
    if isinstance(order, Order):
        subscription: Subscription = order.subscription(1, order.started_at)
        for name in ("Pacific/Kiritimati", "America/Los_Angeles"):
            for year in (FIRST_YEAR, 2026, LAST_YEAR):
                period_at(subscription.grid(name), datetime(year, 12, 31, 23, 59, tzinfo=UTC))


def _account(raw: bytes) -> None:
    AccountBody.model_validate(parse_json(raw)).account("a")


def _catalog(media: Any) -> Callable[[bytes], None]:
    """What is accepted can be stored, read back and linted."""

    def read(raw: bytes) -> None:
        catalog = parse_catalog(raw, media)
        assert parse_stored(canonical(catalog)) == catalog
        lint_catalog(catalog)

    return read


READERS: Mapping[str, tuple[Any, Callable[[bytes], None]]] = {
    "events": (EVENT, _record),
    "totals": (TOTAL, _total),
    "subscriptions": (ORDER, _order),
    "accounts": (ACCOUNT, _account),
    "catalogue in JSON": (CATALOG, _catalog("application/json")),
    "catalogue in YAML": (CATALOG, _catalog("application/yaml")),
}


@pytest.mark.parametrize("reader", READERS)
@given(random=st.randoms(use_true_random=False))
def test_odd_input_is_refused_or_used(reader: str, random: Random) -> None:
    document, read = READERS[reader]
    with suppress(Problem, CatalogError, ValidationError):
        read(written(changed(random, document)))


@given(
    random=st.randoms(use_true_random=False),
    case=st.sampled_from([*BAD, ("value.stated", VALUE, "")]),
)
def test_an_accepted_fact_is_remembered_and_stored(
    random: Random, case: tuple[str, Any, str]
) -> None:
    type_, data, _ = case
    found = read_record(written(EVENT | {"data": changed(random, data)}), ())
    if isinstance(found, Unusable) or not isinstance(found[0].data, dict):
        return
    (event,) = found
    assert isinstance(event, Event)
    try:
        fact = intake.Fact(
            type_, "key", event.time, types.read(type_, event.data), zone("Asia/Tokyo")
        )
    except types.BadFact:
        return
    assert intake.grow(EMPTY, fact).newest == event.time
    assert json.loads(dumps(event.data)) is not None
