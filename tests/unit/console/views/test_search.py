"""What was found, in groups."""

from typing import Any

from services.console.views import search

HITS: list[dict[str, Any]] = [
    {"kind": "task", "id": "t1", "account": "a1", "title": "Call", "detail": None},
    {"kind": "contact", "id": "c1", "account": "a/1", "title": "Ito", "detail": "Aozora"},
    {"kind": "account", "id": "a/1", "account": "a/1", "title": "Aozora", "detail": "pro"},
]
PAGES = [("today", "Today"), ("reports", "Reports")]


def test_groups_have_an_order_and_a_contact_leads_to_its_account() -> None:
    view = search.view("a", HITS, PAGES)
    assert [kind for kind, _ in view["groups"]] == ["account", "contact", "task", "page"]
    found = {one["kind"]: one["page"] for _, group in view["groups"] for one in group}
    assert found["contact"] == found["account"] == "/console/accounts/a%2F1"
    assert found["page"] == "/console/today"


def test_pages_are_found_by_name() -> None:
    view = search.view("REP", [], PAGES)
    assert [(kind, len(group)) for kind, group in view["groups"]] == [("page", 1)]
    assert search.view("", [], PAGES)["count"] == 0


def test_away_is_not_empty() -> None:
    assert search.view("x", None, [])["away"]
    assert search.words_of({"q": f" {'x' * 200} "}) == "x" * 100
