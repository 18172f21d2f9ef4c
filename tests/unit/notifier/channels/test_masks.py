from typing import Any

import pytest

from services.notifier.channels.masks import MASK, StillMasked, masked_url, unmasked

MAIL = {"url": "smtps://me:p%40ss@mail.example.com:465", "from": "a@example.com"}
CRM = {"url": "https://api.example.com", "token": "t-1"}


def test_only_the_password_of_a_url_is_masked() -> None:
    assert masked_url(MAIL["url"]) == "smtps://me:***@mail.example.com:465"
    assert masked_url("smtp://localhost:25") == "smtp://localhost:25"


def test_a_mask_that_comes_back_stands_for_what_is_stored() -> None:
    sent = {"url": "smtp://me:***@mail.example.com:587?starttls=required"}
    assert unmasked(sent, (), MAIL) == {
        "url": "smtp://me:p%40ss@mail.example.com:587?starttls=required"
    }
    crm = {"url": "https://api.example.com/v2", "token": MASK}
    assert unmasked(crm, ("token",), CRM) == {"token": "t-1"}
    assert unmasked(crm | {"token": "t-2"}, ("token",), CRM) == {}
    assert unmasked({"url": "https://x", "rotate": False}, ("secret",), None) == {}


@pytest.mark.parametrize(
    ("given", "before", "field"),
    [
        ({"url": "https://evil.example.com", "token": MASK}, CRM, "token"),
        ({"url": "https://api.example.com", "token": MASK}, None, "token"),
        ({"url": "https://api.example.com", "token": MASK}, {"url": CRM["url"]}, "token"),
        ({"url": "smtps://me:***@evil.example.com"}, MAIL, "url"),
        ({"url": "smtps://you:***@mail.example.com"}, MAIL, "url"),
        ({"url": "smtps://me:***@mail.example.com"}, {"url": "smtps://mail.example.com"}, "url"),
        ({"url": "smtps://me:***@mail.example.com"}, None, "url"),
    ],
)
def test_nothing_is_sent_to_another_place_or_invented(
    given: dict[str, Any], before: dict[str, Any] | None, field: str
) -> None:
    with pytest.raises(StillMasked) as fault:
        unmasked(given, ("token",), before)
    assert fault.value.field == field
