"""A task on its page: its lines, what is next, what was appended."""

from typing import Any

from services.console.views import tasks_one

TASK: dict[str, Any] = {
    "id": "t1",
    "account": "acct-42",
    "priority": "high",
    "state": "open",
    "closed_at": None,
    "lines": {name: "" for name in tasks_one.LINES} | {"say": "Hello"},
    "opportunity": "o/1",
    "decision": None,
}
ENTRY = {"seq": 2, "type": "snooze", "body": {"reason": "Away"}}


def view(**more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"entries": [ENTRY], "following": None, "typed": {}, **more}
    return tasks_one.view(TASK, **given)


def test_only_lines_that_say_something() -> None:
    assert view()["lines"] == [("say", "Hello")]


def test_what_somebody_wrote_is_found_in_any_field() -> None:
    assert view()["entries"][0]["said"] == "Away"
    assert view(entries=None)["entries"] is None
    assert view(appended=[ENTRY])["appended"][0]["said"] == "Away"


def test_what_to_say_is_in_the_customers_language() -> None:
    assert view(say="こんにちは")["lines"] == [("say", "こんにちは")]


def test_the_next_task_is_another_one() -> None:
    assert view(following={"data": [{"id": "t1"}, {"id": "t2"}]})["next"] == "/console/tasks/t2"
    assert view(following={"data": [{"id": "t1"}]})["next"] == ""


def test_where_it_leads() -> None:
    assert view()["opportunity"] == "/console/opportunities/o%2F1"
    assert view()["decision"] == ""
