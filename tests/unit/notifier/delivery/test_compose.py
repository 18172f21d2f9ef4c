"""A mail that waited says how old its figures are: they match the item in the inbox."""

from datetime import timedelta

import pytest

from services.notifier.delivery.compose import mail
from tests.unit.notifier.samples import HANAKO, NOW, claimed, facts


@pytest.mark.parametrize(
    ("waited", "dated"),
    [
        (timedelta(0), False),
        (timedelta(minutes=10), False),
        (timedelta(minutes=10, seconds=1), True),
    ],
)
def test_only_what_waited_for_long_is_dated(waited: timedelta, dated: bool) -> None:
    delivery = claimed(created_at=NOW + waited, told_at=NOW, facts=facts(), contact=HANAKO)
    found = mail(delivery, lambda right: "https://usage.example.com/u", NOW + waited)
    assert ("2026年11月22日 21:00 (JST)時点" in found.text.text) is dated
    assert ("2026年11月22日 21:00 (JST)時点" in found.text.html) is dated
    assert found.text.subject == "API呼び出し: 上限の96%を使用しています (Aozora)"
