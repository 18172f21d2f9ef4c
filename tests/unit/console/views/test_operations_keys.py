"""Keys of machines."""

from typing import Any

from services.console.views import operations_keys


def test_what_a_form_asks_for() -> None:
    assert operations_keys.body(" ci ", ["read"], "") == {"name": "ci", "scopes": ["read"]}
    limited: dict[str, Any] = operations_keys.body("ci", [], "10")
    assert limited["rate"] == 10
    assert operations_keys.body("ci", [], "fast")["rate"] == "fast"


def test_rows_have_addresses() -> None:
    view = operations_keys.view({"data": [{"name": "a/b"}]})
    assert view["rows"][0]["page"] == "/console/operations/keys/a%2Fb"
    assert operations_keys.view(None)["away"]
