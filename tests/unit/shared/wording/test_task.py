"""A person's task: five lines in order, none of them empty, none longer than a CRM holds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.messages.facts import read_facts
from shared.wording.task import MOST_OF_LINE, TaskText, task_text
from tests.support.catalogs import catalog
from tests.support.told import said, told

GLOBAL = catalog("global")
DUE = datetime(2025, 9, 18, 9, tzinfo=UTC)


def text(locale: str = "en", due: datetime | None = None, **changes: Any) -> TaskText:
    facts = told(GLOBAL, "starter", "api_calls", 9_000, threshold=90) | changes
    return task_text(read_facts(facts), locale, due)


def lines(found: TaskText) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in found.body.split("\n"))


@pytest.mark.parametrize(
    ("locale", "names"),
    [
        ("en", ["What happened", "Why now", "Say", "Do not say", "Next step"]),
        ("ja", ["起きたこと", "なぜ今", "伝えること", "言わないこと", "次の一歩"]),
    ],
)
def test_the_five_lines_are_there_whatever_is_known(locale: str, names: list[str]) -> None:
    bare: dict[str, Any] = {
        "meter": None,
        "used": "0",
        "limit": None,
        "percent": None,
        "threshold": None,
    }
    known: list[dict[str, Any]] = [{}, bare, {"period": None}, {"task": {}}]
    for changes in known:
        found = lines(text(locale, **changes))
        assert list(found) == names
        assert all(found.values())


def test_without_a_task_the_usage_itself_says_what_happened_and_why() -> None:
    found = lines(text())
    assert found["What happened"].startswith("API calls reached 90%")
    assert "90%" in text().subject
    assert text().subject.startswith("Aozora: API calls")


@pytest.mark.parametrize(
    ("changes", "happened"),
    [
        ({"again": True}, "reached 90% of the new limit, once again"),
        ({"threshold": None}, "API calls 9,000/10,000"),
        ({"limit": "0", "percent": None}, "which the contract does not include"),
    ],
)
def test_what_happened(changes: dict[str, Any], happened: str) -> None:
    assert happened in lines(text(**changes))["What happened"]


def test_why_now_differs_at_the_limit_and_before_it() -> None:
    before, at, over = (
        lines(text(used=used, period=None))["Why now"] for used in ("9999", "10000", "10001")
    )
    assert before != at == over


def test_what_a_task_says_goes_before_what_the_usage_implies() -> None:
    found = lines(text(task={"happened": [said("signal.cured")]}))
    assert "90%" not in found["What happened"]
    assert found["Why now"] == lines(text())["Why now"]


def test_the_last_line_ends_with_the_date_once() -> None:
    step = said("next.due", due=DUE.isoformat())
    plain, named = text(due=DUE), text(due=DUE, task={"next_step": [step]})
    assert lines(plain)["Next step"] != lines(text())["Next step"]
    assert lines(named)["Next step"] == lines(text(task={"next_step": [step]}))["Next step"]
    later = lines(text(due=DUE + timedelta(days=1), task={"next_step": [step]}))["Next step"]
    assert later.startswith(lines(named)["Next step"])
    assert later != lines(named)["Next step"]


def test_a_line_is_cut_at_what_a_crm_holds() -> None:
    many = [said("signal.usage")] * 500
    found = lines(text(task={"happened": many}))["What happened"]
    assert MOST_OF_LINE - 50 < len(found) <= MOST_OF_LINE
    assert found.endswith("…")
    assert "…" not in lines(text(task={"happened": many[:3]}))["What happened"]


def test_a_subject_is_one_line_whatever_the_account_is_called() -> None:
    account = {"id": "a", "name": "A\r\nBcc: x@example.com"}
    assert "\n" not in text(account=account).subject
    assert "\r" not in text(account=account).subject
