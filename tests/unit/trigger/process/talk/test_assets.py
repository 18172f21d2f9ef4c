"""What was shown to a customer (R-135)."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.trigger.process.log.append import Appended
from tests.unit.trigger.process.cases import ask, context, deal


def asset(**more: Any) -> object:
    return ask(deal(), {"type": "asset", "kind": "demo", "title": "A tour", **more}, context())


def test_r_135_a_link_leads_to_the_web() -> None:
    assert isinstance(asset(), Appended)
    assert isinstance(asset(url="https://www.example.com/tour"), Appended)
    for url in ("javascript:alert(1)", "data:text/html,x", "www.example.com", ""):
        with pytest.raises(ValidationError, match="must be an address"):
            asset(url=url)
