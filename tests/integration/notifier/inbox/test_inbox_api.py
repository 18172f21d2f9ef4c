"""The inbox over HTTP on a real database."""

import asyncio
from datetime import datetime

import pytest

from tests.support.inboxes import CASE, GB, Office
from tests.support.loops import until
from tests.support.told import offered

FIELDS = {
    "id",
    "kind",
    "class",
    "severity",
    "title",
    "body",
    "meter",
    "threshold",
    "used",
    "limit",
    "percent",
    "period_end",
    "action",
    "created_at",
    "seen_at",
    "read_at",
    "archived_at",
    "resolved_at",
}


async def test_an_item_has_the_shape_of_the_contract(office: Office) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", proposal=offered(CASE, "basic", "storage"))
    body = await office.reader(account)("GET")
    assert set(body) == {"data", "unread", "unseen", "next_cursor"}
    assert (body["unread"], body["unseen"], body["next_cursor"]) == (1, 1, None)
    (item,) = body["data"]
    assert set(item) >= FIELDS
    expected = {
        "kind": "usage.threshold",
        "class": "notice",
        "severity": "warning",
        "meter": "storage",
        "threshold": 90,
        "used": 9 * GB,
        "limit": 10 * GB,
        "percent": 90,
        "period_end": None,
        "seen_at": None,
        "read_at": None,
        "archived_at": None,
        "resolved_at": None,
    }
    assert {name: item[name] for name in expected} == expected
    assert item["title"] == "ストレージ容量: 上限の90%を使用しています"
    assert (
        "ストレージ容量が90%に達しました。大容量プランへのアップグレードをご検討ください"
        in item["body"]
    )
    assert item["action"] == {
        "label": "大容量プランにアップグレード",
        "url": "https://app.example.com/billing/upgrade?account=a1&plan=next",
    }
    assert item["created_at"].endswith("Z")
    assert datetime.fromisoformat(item["created_at"]).tzinfo is not None


async def test_amounts_are_exact_numbers_even_for_an_absolute_threshold(office: Office) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", threshold={"at": "8999999999.5"}, used="8999999999.123456789")
    answer = await office.reader(account).raw("GET")
    assert '"used":8999999999.123456789' in answer.text
    assert '"threshold":{"at":8999999999.5}' in answer.text


@pytest.mark.parametrize(
    ("locale", "title"),
    [("ja-JP", "ストレージ容量"), ("en-US", "Storage"), (None, "ストレージ容量")],
)
async def test_texts_are_in_the_contacts_language_or_else_the_accounts(
    office: Office, locale: str | None, title: str
) -> None:
    account = await office.account("c1", locale=locale)
    await office.tell(account, "c1")
    listed = await office.reader(account).raw("GET")
    assert listed.json()["data"][0]["title"].startswith(title)
    assert listed.headers["content-language"] == ("en" if title == "Storage" else "ja")


async def test_the_parts_of_an_item_make_up_its_body(office: Office) -> None:
    account = await office.account("c1", locale="en-US")
    lower = await office.tell(
        account, "c1", used=9_200_000_000, proposal=offered(CASE, "basic", "storage")
    )
    await office.tell(account, "c1", threshold=95, used=9_700_000_000, closes=lower)
    newer, older = await office.reader(account).items()
    assert newer["parts"]["bar"] == {"percent": 97, "mark": 95, "label": "95%", "full": 100}
    for item in (newer, older):
        parts = item["parts"]
        texts = [
            parts["amounts"],
            parts["sentence"],
            item["consequence"],
            parts["reset"],
            *item["options"],
            *parts["offer"],
            parts["assumed"],
        ]
        lines = [line.removeprefix("• ") for line in item["body"].split("\n") if line]
        assert lines == [text for text in texts if text]
        assert len(set(lines)) == len(lines)
    assert (newer["replaced"], older["replaced"]) == (False, True)
    assert older["resolved_at"] is not None


async def test_texts_follow_the_current_language_and_role(office: Office) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", proposal=offered(CASE, "basic", "storage"))
    await office.change(account, "c1", locale="en-GB", role="member")
    (item,) = await office.reader(account).items()
    assert item["title"] == "Storage: 90% used"
    assert item["action"] is None
    assert "High Capacity" not in item["body"]


async def test_a_member_is_told_whom_to_ask_now(office: Office) -> None:
    """The administrator at the time of the message has left since."""
    account = await office.account("c1", "c2")
    await office.change(account, "c2", role="member")
    await office.tell(account, "c2")
    (item,) = await office.reader(account, "c2").items()
    assert "管理者の青空 花子さんに相談する" in item["options"]
    await office.leave(account, "c1")
    (item,) = await office.reader(account, "c2").items()
    assert "アカウントの管理者に相談する" in item["options"]
    await office.join(account, "c3", name="佐藤 健", email="ken@example.com")
    (item,) = await office.reader(account, "c2").items()
    assert "管理者の佐藤 健さんに相談する" in item["options"]


async def test_a_plain_copy_names_no_offer(office: Office) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", proposal=offered(CASE, "basic", "storage"), plain=True)
    (item,) = await office.reader(account).items()
    assert item["action"] is None
    assert "プラン" not in item["body"]


async def test_each_change_is_idempotent_and_returns_the_item(office: Office) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1")
    user = office.reader(account)
    (item,) = await user.items()
    first = await user("POST", f"/{item['id']}/read")
    assert first["read_at"] is not None
    assert first["seen_at"] is not None
    assert await user("POST", f"/{item['id']}/read") == first
    assert await user("GET", "/count") == {"unread": 0, "unseen": 0}
    unread = await user("POST", f"/{item['id']}/unread")
    assert unread["read_at"] is None
    assert await user("POST", f"/{item['id']}/unread") == unread
    assert await user("GET", "/count") == {"unread": 1, "unseen": 0}
    archived = await user("POST", f"/{item['id']}/archive")
    assert archived["archived_at"] is not None
    assert await user("POST", f"/{item['id']}/archive") == archived
    assert await user("GET", "/count") == {"unread": 0, "unseen": 0}
    assert (await user("GET", "/active"))["data"] == []
    assert await user.items() == [archived]


async def test_seen_clears_the_badge_and_nothing_else(office: Office) -> None:
    account = await office.account("c1")
    for used in (8 * GB, 9 * GB):
        await office.tell(account, "c1", used=used)
    user = office.reader(account)
    assert await user("POST", "/seen") == {"unread": 2, "unseen": 0}
    seen = await user.items()
    assert all(item["seen_at"] for item in seen)
    assert await user("POST", "/seen") == {"unread": 2, "unseen": 0}
    assert await user.items() == seen


async def test_a_higher_alert_takes_the_lower_ones_place_in_the_banner(office: Office) -> None:
    account = await office.account("c1", "c2")
    lower = await office.tell(account, "c1", "c2", threshold=80, used=8 * GB)
    higher = await office.tell(account, "c1", "c2", closes=lower)
    for contact in ("c1", "c2"):
        user = office.reader(account, contact)
        newest, older = await user.items()
        assert (newest["threshold"], newest["resolved_at"]) == (90, None)
        assert older["threshold"] == 80
        assert older["resolved_at"] is not None
        assert [item["id"] for item in (await user("GET", "/active"))["data"]] == [newest["id"]]
    await office.cure(higher)
    assert (await office.reader(account)("GET", "/active"))["data"] == []
    assert len(await office.reader(account).items()) == 2


async def test_an_item_without_an_alert_leaves_the_banner_when_read_or_when_its_period_is_over(
    office: Office,
) -> None:
    account = await office.account("c1")
    over = {"start": "2025-09-01T00:00:00Z", "end": "2025-10-01T00:00:00Z"}
    await office.tell(
        account, "c1", alert=None, kind="feature.gated", threshold=None, limit="0", period=over
    )
    await office.tell(account, "c1", alert=None, kind="feature.gated", threshold=None, limit="0")
    user = office.reader(account)
    (shown,) = (await user("GET", "/active"))["data"]
    await user("POST", f"/{shown['id']}/read")
    assert (await user("GET", "/active"))["data"] == []


async def test_a_proposal_of_its_own_is_in_the_list_and_never_in_the_banner(office: Office) -> None:
    account = await office.account("c1")
    await office.tell(
        account,
        "c1",
        kind="upgrade.proposal",
        cls="proposal",
        proposal=offered(CASE, "basic", "storage"),
    )
    user = office.reader(account)
    assert [item["kind"] for item in await user.items()] == ["upgrade.proposal"]
    assert (await user("GET", "/active"))["data"] == []


async def test_pages_go_back_in_time_without_a_gap_while_new_ones_arrive(office: Office) -> None:
    account = await office.account("c1")
    for _ in range(7):
        await office.tell(account, "c1")
    user = office.reader(account)
    everything = [item["id"] for item in await user.items()]
    found, cursor = [], ""
    while True:
        page = await user("GET", f"?limit=3{cursor}")
        found += [item["id"] for item in page["data"]]
        await office.tell(account, "c1")
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == everything


@pytest.mark.parametrize("query", ["?limit=0", "?limit=501", "?limit=x", "?cursor=forged"])
async def test_a_bad_page_is_refused_with_its_name(office: Office, query: str) -> None:
    account = await office.account("c1")
    answer = await office.reader(account).raw("GET", query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == f"query.{query[1:].partition('=')[0]}"


async def test_another_reader_s_item_is_not_found(office: Office) -> None:
    account, other = await office.account("c1", "c2"), await office.account("c1")
    await office.tell(account, "c1")
    (item,) = await office.reader(account).items()
    for stranger in (office.reader(account, "c2"), office.reader(other)):
        assert await stranger.items() == []
        for action in ("read", "unread", "archive"):
            answer = await stranger.raw("POST", f"/{item['id']}/{action}")
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
    assert (await office.reader(account).items())[0] == item


async def test_preferences_have_defaults_and_change_one_by_one(office: Office) -> None:
    account = await office.account("c1", "c2")
    user = office.reader(account)
    assert await user("GET", "/preferences") == {
        "email": {"notice": True, "proposal": True},
        "in_app": {"proposal": True},
    }
    changed = {"email": {"notice": True, "proposal": False}, "in_app": {"proposal": True}}
    assert await user("PATCH", "/preferences", json={"email": {"proposal": False}}) == changed
    assert await user("PATCH", "/preferences", json={}) == changed
    muted = {"email": {"notice": True, "proposal": False}, "in_app": {"proposal": False}}
    assert await user("PATCH", "/preferences", json={"in_app": {"proposal": False}}) == muted
    assert await user("GET", "/preferences") == muted
    assert (await office.reader(account, "c2")("GET", "/preferences"))["email"]["proposal"] is True


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"in_app": {"notice": False}}, "/in_app/notice"),
        ({"email": {"notice": "no"}}, "/email/notice"),
        ({"sms": {}}, "/sms"),
        ({"email": {"notice": 0}}, "/email/notice"),
    ],
)
async def test_an_unknown_preference_is_refused_with_its_path(
    office: Office, body: object, path: str
) -> None:
    account = await office.account("c1")
    answer = await office.reader(account).raw("PATCH", "/preferences", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == path


async def test_changes_at_the_same_moment_leave_every_number_used_once(office: Office) -> None:
    account = await office.account("c1")
    alerts = [await office.tell(account, "c1") for _ in range(10)]
    user = office.reader(account)
    ids = [item["id"] for item in await user.items()]
    await asyncio.gather(
        *(user("POST", f"/{item}/read") for item in ids),
        *(office.cure(alert) for alert in alerts),
        *(office.tell(account, "c1") for _ in range(10)),
        *(user("POST", "/seen") for _ in range(3)),
        *(user("POST", f"/{item}/archive") for item in ids),
    )
    items = await user.items()
    assert len(items) == 20
    assert (
        sum(1 for item in items if item["resolved_at"] and item["read_at"] and item["archived_at"])
        == 10
    )
    counts = await user("GET", "/count")
    assert counts["unread"] == 10


async def test_the_elements_file_answers_head(office: Office) -> None:
    for path in ("/v1/widget/plimsoll-alerts.js", "/v1/widget/plimsoll-alerts.json"):
        got, asked = await office.http.get(path), await office.http.head(path)
        assert (asked.status_code, asked.content) == (200, b"")
        for name in (
            "content-length",
            "content-type",
            "cache-control",
            "access-control-allow-origin",
        ):
            assert asked.headers[name] == got.headers[name], name
    tag = {
        "If-None-Match": (await office.http.get("/v1/widget/plimsoll-alerts.js")).headers["etag"]
    }
    assert (await office.http.head("/v1/widget/plimsoll-alerts.js", headers=tag)).status_code == 304


async def test_head_of_a_stream_opens_none(office: Office) -> None:
    user = office.reader(await office.account("c1"))
    asked = await user.raw("HEAD", "/stream")
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-type"].startswith("text/event-stream")
    await until(lambda: not office.hub.streams)
