"""What changes between two versions, as tables."""

from typing import Any

from services.console.views import differences
from services.console.views.plan_table import NONE, Cell
from shared.catalog import catalog_document
from tests.support.catalogs import catalog

LIMIT = {"plan": "pro", "part": "limit", "key": "seats", "before": 25, "after": "unlimited"}


def told(*changes: dict[str, Any], group: str = "limits", others: Any = ()) -> dict[str, Any]:
    return {
        "same": False,
        "groups": [{"group": group, "total": len(changes), "changes": list(changes)}],
        "others": {"total": len(others), "changes": list(others)},
        "affected": {
            "accounts": 3,
            "at_once": 0,
            "plans": [{"plan": "pro", "accounts": 3}],
            "meters": [{"meter": "seats", "accounts": 3}],
        },
    }


def test_rows_have_the_names_of_the_catalogue() -> None:
    document: Any = catalog_document(catalog("global"))
    found = differences.view(told(LIMIT), document, "en")
    (row,) = found["groups"][0]["rows"]
    assert (row["plan_name"], row["label"]) == ("Pro", document["meters"]["seats"]["name"]["en"])
    assert (row["before"], row["after"]) == (
        Cell("limit", 25, "seat"),
        Cell("limit", "unlimited", "seat"),
    )
    assert found["plans"] == [{"plan": "pro", "accounts": 3, "name": "Pro"}]


def test_without_names_ids_stand() -> None:
    found = differences.view(told(LIMIT), None, "en")
    (row,) = found["groups"][0]["rows"]
    assert (row["plan_name"], row["label"]) == ("pro", "seats")


def test_every_part_has_its_cell() -> None:
    plan: dict[str, Any] = {"plan": "pro"}
    parts: list[dict[str, Any]] = [
        {**plan, "part": "feature", "key": "sso", "before": None, "after": True},
        {**plan, "part": "thresholds", "key": "seats", "before": [80], "after": [{"at": 9}]},
        {**plan, "part": "enforcement", "key": "seats", "before": "soft", "after": "hard"},
        {**plan, "part": "support", "key": "csm", "before": "none", "after": "dedicated"},
    ]
    rows = differences.view(told(*parts), None, "en")["groups"][0]["rows"]
    assert [(row["before"], row["after"]) for row in rows] == [
        (NONE, Cell("flag", True)),
        (Cell("text", "80"), Cell("text", "9")),
        (Cell("words", "enforcement.soft"), Cell("words", "enforcement.hard")),
        (Cell("words", "csm.none"), Cell("words", "csm.dedicated")),
    ]
    assert rows[0]["label"] == "sso"


def test_the_rest_is_said_as_it_is_written() -> None:
    values: list[Any] = [None, True, 5, "x", ["a", {"per_hour": 500}], {"en": "A", "ja": "あ"}]
    others = [{"path": "/x", "before": one, "after": one} for one in values]
    found = differences.view(told(others=others), None, "en")
    said = [one["before"] for one in found["others"]]
    assert said == ["–", "true", "5", "x", "a, 500/h", "en: A, ja: あ"]
