"""One delivery."""

from typing import Any

import pytest

from services.console.views import operations_deliveries_one as views

MESSAGE: dict[str, Any] = {"text": None, "html": "<p>", "body": None}
ONE: dict[str, Any] = {"id": "v1", "account": "a1", "state": "dead", "message": MESSAGE}


@pytest.mark.parametrize(
    ("state", "retries", "cancels"),
    [("dead", True, False), ("queued", True, True), ("delivered", False, False)],
)
def test_what_may_be_done_now(state: str, retries: bool, cancels: bool) -> None:
    view = views.view({**ONE, "state": state}, operates=True)
    assert (view["retries"], view["cancels"]) == (retries, cancels)
    assert not views.view({**ONE, "state": state}, operates=False)["retries"]


def test_what_is_sent_is_text() -> None:
    assert views.view(ONE, operates=True)["text"] == "<p>"
    hook = {**ONE, "message": {**MESSAGE, "body": {"名": 1}}}
    assert "名" in views.view(hook, operates=True)["text"]
    assert views.view({**ONE, "message": None}, operates=True)["text"] == ""
