"""What fields of request bodies accept: the same bounds of dates, amounts and characters in every
API.
"""

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from services.trigger.api.accounts import AccountBody
from services.trigger.subscriptions.orders import Order, read_order
from shared.values.faults import Fault
from shared.values.money import read_money
from shared.web.json_body import parse_json
from shared.web.models import Identifier
from shared.web.problems import Problem, on_invalid


def test_an_evergreen_contract_gets_a_reason() -> None:
    with pytest.raises(ValidationError, match="must lie between 1990 and 2199") as refused:
        Order.model_validate(
            {"plan": "pro", "started_at": "2026-01-01T00:00:00Z", "renewal_date": "9999-12-31"}
        )
    assert [fault["loc"] for fault in refused.value.errors()] == [("renewal_date",)]


def test_a_fact_s_order_is_refused_in_plain_words() -> None:
    order = {"plan": "pro", "started_at": "2026-01-01T00:00:00Z", "renewal_date": "9999-12-31"}
    assert read_order(order) == [Fault("/data/renewal_date", "must lie between 1990 and 2199")]


@pytest.mark.parametrize(
    "raw",
    ["999999999999999999.999999999", "0.000000001", 0, 999_999_999_999_999_999, Decimal("49.00")],
)
def test_money_within_bounds(raw: object) -> None:
    assert read_money(raw) == Decimal(str(raw))


MONEY_OUT_OF_BOUNDS: list[object] = [
    "1000000000000000000",
    "0.0000000001",
    "1e3",
    "NaN",
    "-1",
    "",
    " 1",
    "1,5",
    "9" * 250_000,
]
MONEY_OUT_OF_BOUNDS += [
    -1,
    True,
    1.5,
    None,
    10**18,
    10**40,
    Decimal("1e999999999"),
    Decimal("1e-10"),
    Decimal("NaN"),
    Decimal("-0.1"),
]


@pytest.mark.parametrize("raw", MONEY_OUT_OF_BOUNDS)
def test_money_out_of_bounds(raw: object) -> None:
    with pytest.raises(ValueError, match="must"):
        read_money(raw)


@pytest.mark.parametrize(
    "number",
    [
        b"1e999999999",
        b"1e9999999999999999999999",
        b"-1e18",
        b"1000000000000000000",
        b"0.0000000001",
        b"1e-999",
    ],
)
def test_no_body_holds_a_number_out_of_bounds(number: bytes) -> None:
    with pytest.raises(Problem) as refused:
        parse_json(b'{"a": [0, {"b": %s}]}' % number)
    assert refused.value.status_code == 422
    assert [fault.path for fault in refused.value.errors] == ["/a/1/b"]


NAMES = {
    "an ideographic space": "株式会社\u3000青空",
    "a no-break space": "Aozora\u00a0Inc",
    "a joined emoji": "Family \U0001f468\u200d\U0001f469",
    "what a mail header would read as code": "=?utf-8?q?A?= & Co",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_hold_what_people_are_called(name: str) -> None:
    person = {"id": name, "name": f" {name}\u3000"}
    body = AccountBody.model_validate(
        {
            "name": f"\u3000{name} ",
            "csm": person,
            "contacts": [person | {"role": "owner"}],
            "segment": name,
        }
    )
    assert body.csm is not None
    assert [body.name, body.csm.name, body.contacts[0].name] == [name] * 3
    assert [body.csm.id, body.contacts[0].id, body.segment] == [name] * 3


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\nb", "a\x7fb", "a\x85b", "a\ud800b", "\u3000", " ", ""]
)
def test_control_characters_and_lone_surrogates_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        AccountBody.model_validate({"name": text})
    with pytest.raises(ValidationError):
        TypeAdapter(Identifier).validate_python(text)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "A", "external_ids": {f"k{number}": "" for number in range(9_999)}},
        {"name": "A", "external_ids": {f"k{number}": "" for number in range(80_000)}},
        {"name": "A", "contacts": [{} for _ in range(200_000)]},
        {"name": "A"} | {f"k{number}": 1 for number in range(80_000)},
        {"name": "A"} | {f"k{number}": 1 for number in range(9_000)},
        {
            "name": "A",
            "contacts": [
                {"id": "", "name": "", "role": "x", "email": "x", "locale": "?"}
                for _ in range(1_000)
            ],
        },
    ],
    ids=[
        "ids",
        "too many ids",
        "too many contacts",
        "too many unknown names",
        "unknown names",
        "contacts",
    ],
)
async def test_a_megabyte_of_faults_is_answered_soon_and_in_short(body: dict[str, Any]) -> None:
    raw, before = json.dumps(body).encode(), time.process_time()
    try:
        AccountBody.model_validate(parse_json(raw))
        raise AssertionError("it was taken")
    except Problem as problem:
        errors = len(problem.errors)
    except ValidationError as refused:
        entries = [{**entry, "loc": ("body", *entry["loc"])} for entry in refused.errors()]
        answer = await on_invalid(
            Request({"type": "http"}), RequestValidationError(entries, body=body)
        )
        errors = len(json.loads(bytes(answer.body))["errors"])
    assert time.process_time() - before < 1.0
    assert 1 <= errors <= 1_000
