"""What was found, in groups; pages and actions by their names."""

from typing import Any

from services.console.views import search
from services.console.views.search import Named, page_of

HITS: list[dict[str, Any]] = [
    {"kind": "task", "id": "t1", "account": "a1", "title": "Call", "detail": None},
    {"kind": "contact", "id": "c1", "account": "a/1", "title": "Ito", "detail": "Aozora"},
    {"kind": "account", "id": "a/1", "account": "a/1", "title": "Aozora", "detail": "pro"},
]
FOUND = {"data": HITS, "near": []}
NONE: dict[str, Any] = {"data": [], "near": []}
PAGES = [page_of("today", "Today"), page_of("reports", "Reports")]
ACTIONS = [
    Named("new_task", "New task", "/console/accounts", "task"),
    Named("create_key", "Create an API key", "/console/operations/keys?act=create"),
]


def test_groups_have_an_order_and_a_contact_leads_to_its_account() -> None:
    view = search.view("a", FOUND, PAGES)
    assert [kind for kind, _ in view["groups"]] == ["account", "contact", "task", "page"]
    found = {one["kind"]: one["page"] for _, group in view["groups"] for one in group}
    assert found["contact"] == found["account"] == "/console/accounts/a%2F1"
    assert found["page"] == "/console/today"


def test_pages_are_found_by_name() -> None:
    view = search.view("REP", NONE, PAGES)
    assert [(kind, len(group)) for kind, group in view["groups"]] == [("page", 1)]
    assert search.view("", NONE, PAGES)["count"] == 0


def test_a_page_is_found_by_what_it_is_called_in_another_language() -> None:
    keys = page_of("operations/keys", "APIキー", "API keys")
    (group,) = search.view("keys", NONE, [keys])["groups"]
    assert [one["title"] for one in group[1]] == ["APIキー"]


def test_actions_are_found_by_name_too() -> None:
    (group,) = search.view("key", NONE, PAGES, ACTIONS)["groups"]
    assert group == (
        "action",
        [
            {
                "kind": "action",
                "id": "create_key",
                "title": "Create an API key",
                "detail": "",
                "page": "/console/operations/keys?act=create",
            }
        ],
    )
    (group,) = search.view("new", NONE, PAGES, ACTIONS)["groups"]
    assert [one["page"] for one in group[1]] == ["/console/accounts"]


def test_what_is_done_for_an_account_is_offered_for_those_named_with_it() -> None:
    words = "new task aozora"
    assert search.account_words(words, ACTIONS) == "aozora"
    assert search.account_words("new task", ACTIONS) == "new task"
    assert search.account_words("aozora", ACTIONS) == "aozora"
    groups = dict(search.view(words, FOUND, PAGES, ACTIONS)["groups"])
    assert [(one["title"], one["detail"], one["page"]) for one in groups["action"]] == [
        ("New task", "Aozora", "/console/accounts/a%2F1?act=task#task")
    ]


def test_names_that_are_spelled_alike() -> None:
    answer = {"data": [], "near": [HITS[2]]}
    assert [one["page"] for one in search.view("aozra", answer, PAGES)["near"]] == [
        "/console/accounts/a%2F1"
    ]
    assert search.near(None) == []


def test_away_is_not_empty() -> None:
    assert search.view("x", None, [])["away"]
    assert search.words_of({"q": f" {'x' * 200} "}) == "x" * 100
