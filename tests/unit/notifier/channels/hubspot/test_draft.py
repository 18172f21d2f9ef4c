"""What one write of a task contains, and what is left out if HubSpot refuses a part."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.notifier.channels.hubspot.draft import (
    Draft,
    TaskOrder,
    body,
    moment,
    opening_properties,
    stamp,
    text_properties,
)

DUE = datetime(2026, 11, 23, tzinfo=UTC)
ORDER = TaskOrder("t1", "raise", "Call Aozora", "5 < 6", "high", DUE, None, "Aozora (acct-42)")


def test_the_part_that_the_answer_names_is_left_out_else_the_first() -> None:
    draft = Draft("7", "9")
    assert draft.without("Company 9 does not exist") == Draft("7", None, ("company",))
    assert draft.without("no association") == Draft("7", None, ("company",))
    assert draft.without("OWNER is inactive") == Draft(None, "9", ("owner",))
    assert draft.without("no reason given") == Draft(None, "9", ("owner",))


def test_nothing_is_left_to_leave_out_after_both() -> None:
    once = Draft("7", "9").without("")
    assert once is not None
    twice = once.without("")
    assert twice == Draft(None, None, ("owner", "company"))
    assert twice.without("") is None
    assert Draft().without("owner") is None


def test_a_task_without_a_company_names_the_account_in_its_subject() -> None:
    linked, alone = (
        text_properties(ORDER, linked=linked, missing=(), marker=None) for linked in (True, False)
    )
    assert linked["hs_task_subject"] == "Call Aozora"
    assert alone["hs_task_subject"] == "Call Aozora – Aozora (acct-42)"
    assert linked["hs_task_priority"] == "HIGH"
    odd = text_properties(replace(ORDER, priority="?"), linked=True, missing=(), marker=None)
    assert odd["hs_task_priority"] == "MEDIUM"


def test_the_text_is_html_with_a_line_for_each_part_that_is_missing() -> None:
    order = replace(ORDER, notes={"owner": "no owner <7>"})
    assert body(order, (), None) == "5 &lt; 6"
    assert body(order, ("owner", "company"), "key t1") == (
        "5 &lt; 6<br>\nno owner &lt;7&gt;<br>\nkey t1"
    )


def test_an_owner_is_written_only_if_there_is_one() -> None:
    assert "hubspot_owner_id" not in opening_properties(ORDER, None)
    assert opening_properties(ORDER, "7")["hubspot_owner_id"] == "7"
    assert opening_properties(ORDER, None)["hs_timestamp"] == "2026-11-23T00:00:00.000Z"


def test_another_due_date_changes_the_text_too() -> None:
    later = DUE + timedelta(days=1)
    assert ORDER.due(DUE) is ORDER
    assert ORDER.due(later) == replace(ORDER, due_at=later)
    telling = replace(ORDER, body_for=lambda at: f"due {at:%d}")
    assert telling.due(later).body == "due 24"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-23T00:00:00.000Z", DUE),
        (str(int(DUE.timestamp() * 1000)), DUE),
        ("2026-11-23", None),
        ("", None),
        (None, None),
        ("soon", None),
        ("9" * 30, None),
    ],
)
def test_a_date_is_iso_8601_or_milliseconds(written: object, expected: datetime | None) -> None:
    assert moment(written) == expected
    assert moment(stamp(DUE.astimezone(timezone(timedelta(hours=9))))) == DUE
