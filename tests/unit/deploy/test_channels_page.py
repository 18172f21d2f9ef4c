"""docs/channels.md names every type and field of a webhook, its Python verifies what is sent, and
its numbers are the code's.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, get_args, get_type_hints

import pytest
from standardwebhooks import WebhookVerificationError

from services.notifier.channels import safe_http
from services.notifier.channels.hubspot.api import KEY
from services.notifier.channels.registry import KINDS
from services.notifier.channels.states import ChannelShown
from services.notifier.channels.webhook import ROTATION, new_secret, signed_headers
from services.notifier.delivery import payload
from services.notifier.schedule import DELAYS, LONGEST_RETRY_AFTER, THEN_EVERY
from services.trigger.process.news import news
from tests.support.pages import ROOT, blocks, rows, section
from tests.unit.notifier.samples import NOW, claimed

PAGE = ROOT / "docs" / "channels.md"
TEXT = PAGE.read_text(encoding="utf-8")
ALERT = dict.fromkeys(
    ("id", "account", "meter", "epoch", "state", "resolution", "again", "used", "limit", "percent",
     "reached_at", "resolved_at", "notified", "decision")
) | {"threshold": "90"}  # fmt: skip


def told(column: int) -> list[tuple[set[str], str]]:
    """The names in a table's first column, with one of its other cells."""
    found = [cells for cells in rows(section(PAGE, "Webhook")) if len(cells) == 3]
    return [(set(re.findall(r"`([^`]+)`", cells[0])), cells[column]) for cells in found]


def test_every_field_is_explained_and_no_other() -> None:
    fields = [
        (names, of) for names, of in told(2) if of.split(";")[0] in ("alert", "account", "both")
    ]
    of_alert = {name for names, of in fields for name in names if not of.startswith("account")}
    of_account = {
        name for names, of in fields for name in names if of.startswith(("account", "both"))
    } | {"id"}
    assert of_alert == set(payload.alert_view(ALERT))
    assert of_account == set(payload._data(claimed(alert=None)))


def test_every_type_that_is_sent_is_explained() -> None:
    sources = "".join(
        (ROOT / name).read_text()
        for name in (
            "services/trigger/alerts/notices.py",
            "services/trigger/proposals/effects/offers.py",
        )
    )
    sent = {
        kind
        for kind, rest in re.findall(
            r'kind="([a-z.]+)",((?:(?!kind=).)*?)webhook=True', sources, re.DOTALL
        )
    } | {"channel.test", *get_args(get_type_hints(news)["kind"])}
    types = {
        name for names, _ in told(1) for name in names if re.fullmatch(r"[a-z]+\.[a-z]+", name)
    }
    assert types == sent
    assert b'"channel.test"' in payload.test_body(NOW)


def test_the_channels_and_their_times_are_the_code_s() -> None:
    table = {
        cells[0].strip("`"): cells
        for cells in rows(TEXT)
        if len(cells) == 4 and cells[0].strip("`") in KINDS
    }
    assert set(table) == {kind.name for kind in KINDS}
    assert {name: int(cells[3].removesuffix(" h")) for name, cells in table.items()} == {
        kind.name: kind.deadline // timedelta(hours=1) for kind in KINDS
    }
    assert table["email"][2] == "after 5 s, 30 s, 5 min, 30 min, then every 2 h"
    assert [*DELAYS, THEN_EVERY] == [timedelta(seconds=s) for s in (5, 30, 300, 1800, 7200)]
    assert timedelta(minutes=15) == LONGEST_RETRY_AFTER
    assert timedelta(days=1) == ROTATION
    assert safe_http._TIMEOUT.read == 15  # "Answer 2xx within 15 s"
    assert f"`{KEY}`" in TEXT


def test_what_each_channel_takes_is_there() -> None:
    """And what is shown of it has a line in the answer's model."""
    for kind in KINDS:
        assert f"`PUT /v1/channels/{kind.name} {{" in TEXT
        assert set(kind.settings.example) <= set(get_type_hints(ChannelShown))


def test_its_python_verifies_what_is_sent_also_while_a_secret_is_changed() -> None:
    (code,) = [block.text for block in blocks(PAGE) if block.language == "python"]
    defined: dict[str, Any] = {}
    exec(code, defined)
    old, fresh, stranger = new_secret(), new_secret(), new_secret()
    content = payload.body(claimed(alert=None))
    headers = signed_headers([fresh, old], "msg_1", datetime.now(UTC), content)
    for secret in (old, fresh):
        assert defined["receive"](headers, content, secret)["type"] == "usage.threshold"
    with pytest.raises(WebhookVerificationError):
        defined["receive"](headers, content, stranger)
    with pytest.raises(WebhookVerificationError):
        defined["receive"](headers, content.replace(b"acct-42", b"acct-43"), fresh)
