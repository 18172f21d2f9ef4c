"""Rows become requests: in order, several rows of an account as one item, no row twice."""

import json
from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.bulk_import import batches as batches_module
from plimsoll.bulk_import.batches import Batch, batches, events_of, lines_of
from plimsoll.bulk_import.checks import faults_of
from plimsoll.bulk_import.report import progress, summary
from plimsoll.bulk_import.rows import Mark, Row, Span, Unusable, place_in, row_of
from plimsoll.bulk_import.state import Counts
from shared.values.faults import Fault


def rows(*said: Any) -> list[Row | Unusable]:
    return [
        row_of(one, Span(Mark(10 * place, place + 1), Mark(10 * place + 10, place + 2)))
        for place, one in enumerate(said)
    ]


def contact(account: str, id: str) -> dict[str, Any]:
    return {"kind": "contact", "account": account, "id": id}


def sent(found: Iterable[Batch]) -> list[list[Any]]:
    return [
        [json.loads(line) for line in lines_of(batch.items.values()).splitlines()]
        for batch in found
    ]


def test_several_rows_of_an_account_are_one_item() -> None:
    limit = {"kind": "limit", "account": "a", "meter": "seats", "limit": 5}
    said = rows(
        {"id": "a", "name": "A", "contacts": [{"id": "c0"}]},
        {"id": "b"},
        contact("a", "c1"),
        contact("a", "c2"),
        limit,
    )
    assert sent(batches(said)) == [
        [
            {
                "id": "a",
                "name": "A",
                "contacts": [{"id": "c0"}],
                "add_contacts": [{"id": "c1"}, {"id": "c2"}],
                "limits": {"seats": {"limit": 5}},
            },
            {"id": "b"},
        ]
    ]


def test_what_is_said_twice_is_said_later() -> None:
    first = {"kind": "subscription", "account": "a", "plan": "starter"}
    said = rows(
        {"id": "a"},
        {"id": "a", "name": "B"},
        contact("a", "c1"),
        contact("a", "c1"),
        first,
        first | {"plan": "pro"},
    )
    assert sent(batches(said)) == [
        [{"id": "a"}],
        [{"id": "a", "name": "B", "add_contacts": [{"id": "c1"}]}],
        [{"id": "a", "add_contacts": [{"id": "c1"}], "subscription": {"plan": "starter"}}],
        [{"id": "a", "subscription": {"plan": "pro"}}],
    ]


def test_facts_go_by_themselves_and_have_an_id_of_what_they_say() -> None:
    fact = {
        "kind": "fact",
        "account": "a",
        "type": "nps.responded",
        "time": "2026-11-01T00:00:00Z",
        "data": {"score": 9},
    }
    found = list(
        batches(
            rows(
                {"id": "a"},
                fact,
                dict(reversed(fact.items())),
                fact | {"id": "mine", "source": "/crm"},
                {"id": "b"},
            )
        )
    )
    assert [batch.kind for batch in found] == ["account", "fact", "account"]
    one, same, own = json.loads(events_of(found[1].facts))
    assert (
        one
        == same
        == {"specversion": "1.0", "source": "/import", "subject": "a", "id": one["id"]}
        | {name: fact[name] for name in ("type", "time", "data")}
    )
    assert (own["id"], own["source"]) == ("mine", "/crm")


@given(
    st.lists(st.sampled_from(["a", "b", "c", "ca", "cb", "f", "?"]), max_size=40), st.integers(1, 4)
)
def test_every_row_is_in_one_batch_and_batches_end_where_the_next_begins(
    said: list[str], most: int
) -> None:
    kinds: dict[str, Any] = {
        "a": {"id": "a"},
        "b": {"id": "b"},
        "c": {"id": "c"},
        "ca": contact("a", "x"),
        "cb": contact("b", "x"),
        "?": 7,
    }
    kinds["f"] = {"kind": "fact", "account": "a", "type": "t"}
    given_rows = rows(*(kinds[one] for one in said))
    before, batches_module.MOST_ITEMS = batches_module.MOST_ITEMS, most
    try:
        found = list(batches(given_rows))
    finally:
        batches_module.MOST_ITEMS = before
    in_batches: list[list[Row | Unusable]] = [
        sorted(
            [*(row for item in one.items.values() for row in item.rows), *one.facts, *one.unusable],
            key=lambda row: row.span.begin,
        )
        for one in found
    ]
    assert [row for batch in in_batches for row in batch] == given_rows
    assert [batch.end for batch in found] == [batch[-1].span.end for batch in in_batches]
    assert all(
        len(batch.items) <= most and len(batch.facts) <= most and not (batch.items and batch.facts)
        for batch in found
    )


def test_faults_of_an_item_are_told_of_the_row() -> None:
    told = [
        (contact("a", "c"), "/add_contacts/0/email", "/email"),
        (contact("a", "c"), "/name", "/account"),
        ({"kind": "subscription", "account": "a"}, "/subscription/plan", "/plan"),
        ({"kind": "limit", "account": "a", "meter": "x/y"}, "/limits/x~1y", "/meter"),
        ({"kind": "limit", "account": "a", "meter": "x/y"}, "/limits/x~1y/limit", "/limit"),
        ({"id": "a"}, "/name", "/name"),
    ]
    for body, path, meant in told:
        (row,) = rows(body)
        assert isinstance(row, Row)
        assert place_in(row, Fault(path, "is missing: no account has this id yet")).path == meant


def test_forms_are_checked_without_a_server() -> None:
    fact = {
        "kind": "fact",
        "account": "a",
        "type": "nps.responded",
        "time": "2026-11-01T00:00:00Z",
        "data": {"score": 9},
    }
    good = rows({"id": "a", "name": "A"}, contact("a", "c") | {"name": "x", "role": "owner"}, fact)
    assert [faults_of(one) for one in good] == [(), (), ()]
    wrong = rows(
        {"id": "a", "name": ""},
        contact("a", "c") | {"name": "x", "role": "boss"},
        fact | {"data": {"score": 11}},
        fact | {"time": 7},
    )
    assert [faults_of(one)[0].path for one in wrong] == ["/name", "/role", "/data/score", "/time"]


def test_how_far_it_is() -> None:
    counts = Counts(created=1_200, refused=3)
    assert (
        progress(250, 1_000, 50, counts, 203, 2.0)
        == "1,203 rows, 25 %, 500 a second, 8 s left, 3 refused"
    )
    assert progress(0, 0, 0, Counts(), 0, 0.0) == "0 rows, 100 %, 0 a second, 0 refused"
    assert summary(counts) == "1,203 rows: 1,200 created, 0 updated, 0 unchanged, 3 refused"
    assert (
        summary(Counts(told=7))
        == "7 rows: 0 created, 0 updated, 0 unchanged, 7 facts accepted, 0 refused"
    )
