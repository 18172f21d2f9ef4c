"""What the forms of an account begin."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.console.form_values import Typed
from services.console.views import account_acts
from services.console.views.account_acts import Act

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
PATH = "/v1/accounts/a%2F1"


class Form(Typed):
    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        return self[name] or default


def begun(**form: str) -> Act | None:
    return account_acts.act(Form(form), "a/1", PATH, NOW)


def test_a_task_and_an_opportunity_leave_out_what_is_empty() -> None:
    assert begun(act="task", title=" Call ", due_at="") == Act(f"{PATH}/tasks", {"title": "Call"})
    assert begun(act="opportunity", to_plan="pro") == Act(
        f"{PATH}/opportunities", {"to_plan": "pro"}
    )
    assert begun(act="sell") is None


def test_a_fact_is_an_event_whose_id_is_the_forms_key() -> None:
    made: Any = begun(act="fact", type="nps.responded", data='{"score": 9}', idempotency_key="k")
    assert made.path == "/v1/signals"
    assert (made.body["id"], made.body["subject"], made.body["data"]) == ("k", "a/1", {"score": 9})


def test_the_data_of_a_fact_may_be_a_line_for_each_field() -> None:
    told: Any = begun(act="fact", type="nps.responded", data="score: 9\n\ncomment: it: works ")
    assert told.body["data"] == {"score": 9, "comment": "it: works"}


def test_a_fact_by_its_form_has_the_same_event() -> None:
    typed = {"data.status": "yes", "data.said_by": "c1", "data.amount": "50,000"}
    made: Any = begun(act="fact_form", type="budget.stated", idempotency_key="k", **typed)
    assert (made.path, made.media_type) == ("/v1/signals", "application/cloudevents+json")
    data = {"status": "yes", "amount": "50000", "said_by": "c1"}
    assert (made.body["id"], made.body["type"], made.body["data"]) == ("k", "budget.stated", data)
    assert begun(act="fact_form", type="login.recorded") is None


@pytest.mark.parametrize("data", ["", "{", "[" * 100_000, "score", ": 9"])
def test_what_is_not_json_is_said(data: str) -> None:
    with pytest.raises(ValueError, match="not_json"):
        begun(act="fact", data=data)


def test_each_act_says_what_it_did() -> None:
    assert set(account_acts.SAID) == {
        *account_acts.FIELDS,
        "fact",
        "fact_form",
        "quote",
        "accept_quote",
    }


def test_a_quote_is_of_now_or_of_a_day_where_the_account_is() -> None:
    assert begun(act="quote", plan="pro") == Act(
        f"{PATH}/quotes", {"plan": "pro", "mode": "second"}
    )
    told = begun(act="quote", plan="pro", mode="day", at="2026-12-10", time_zone="Asia/Tokyo")
    body = {"plan": "pro", "mode": "day", "at": "2026-12-10T00:00:00+09:00"}
    assert told == Act(f"{PATH}/quotes", body)
    assert begun(act="accept_quote", quote="a/b") == Act("/v1/quotes/a%2Fb:accept", None)


@pytest.mark.parametrize("at", ["soon", "2026-02-30"])
def test_what_is_no_day_is_said(at: str) -> None:
    with pytest.raises(account_acts.Unreadable) as fault:
        begun(act="quote", plan="pro", at=at, time_zone="UTC")
    assert (fault.value.field, fault.value.reason) == ("at", "not_a_day")


def test_a_place_that_nobody_knows_is_no_day_either() -> None:
    with pytest.raises(account_acts.Unreadable, match="not_a_day"):
        begun(act="quote", plan="pro", at="2026-12-10", time_zone="../etc")
