"""What is typed into the form of a fact, as the API takes it."""

from typing import Any

import pytest

from services.console.form_values import Typed
from services.console.views import facts


class Form(Typed):
    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        return self[name] or default


def told(type_: str, **fields: str) -> Any:
    typed = {f"data.{name.replace('__', '.')}": one for name, one in fields.items()}
    return facts.told(Form({"type": type_, **typed}))


def test_what_is_empty_is_left_out() -> None:
    assert told("budget.stated", status="yes", said_by=" c1 ", amount="") == {
        "status": "yes",
        "said_by": "c1",
    }
    assert told("cancel.intent") == {}
    assert told("login.recorded", user="u") is None


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("9", 9),
        ("９", 9),
        ("1,200", 1200),
        ("-1", -1),
        ("nine", "nine"),
        ("1e3", "1e3"),
        ("9" * 400, "9" * 400),
        ("9.5", "9.5"),
    ],
)
def test_a_number_is_one_and_anything_else_stays_as_typed(typed: str, sent: object) -> None:
    assert told("nps.responded", score=typed) == {"score": sent}


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("50,000.5", "50000.5"), ("５０，０００", "50000"), ("5,00", "5,00"), ("much", "much")],
)
def test_an_amount_may_be_grouped(typed: str, sent: str) -> None:
    assert told("contract.signed", plan="pro", price=typed)["price"] == sent


def test_flags_choices_and_parts_become_what_they_are() -> None:
    assert told("deal.stated", custom_terms="true", complex="false", stakeholders="0") == {
        "stakeholders": 0,
        "custom_terms": True,
        "complex": False,
    }
    value = told("value.stated", assumed__hours="on", activity__ja="集計", currency="usd")
    assert value == {"assumed": ["hours"], "activity": {"ja": "集計"}, "currency": "USD"}


def test_what_the_page_offers() -> None:
    assert facts.shown("login.recorded")["type"] == ""
    found = facts.shown("csat.responded")
    assert [one.name for one in found["fields"]] == ["score", "contact", "comment"]
    assert "csat.responded" in found["types"]


def test_statements_come_before_what_is_measured_the_newest_first() -> None:
    rows = [
        {"type": one, "text": one, "source": by, "result": result}
        for one, by, result in (
            ("call", "k", "no"),
            ("meeting", "k", "yes"),
            ("limit_pressure", "measured", "yes"),
        )
    ]
    rows[2]["text"] = "storage 91 %"
    found = facts.evidence({"verdict": "unknown", "evidence": rows})
    assert [(one["type"], one["meter"]) for one in found] == [
        ("meeting", ""),
        ("call", ""),
        ("limit_pressure", "storage"),
    ]
    met = facts.evidence({"verdict": "yes", "evidence": rows})
    assert [one["type"] for one in met] == ["meeting", "limit_pressure"]
