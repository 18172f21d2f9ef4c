"""RFC 8058: POST stops proposals at once, GET only asks."""

import json
import re

import pytest

from services.notifier.unsubscribe_link import make_token
from tests.support.post import Office


@pytest.fixture
def path(office: Office) -> str:
    return f"/v1/unsubscribe/{make_token(office.context.signer, 'acct-42', 'c1')}"


async def preferences(office: Office) -> list[tuple[bool, bool, bool]]:
    rows = await office.rows("select email_notice, email_proposal, in_app_proposal from preference where contact = 'c1'")
    return [tuple(row) for row in rows]


async def facts(office: Office) -> list[dict[str, object]]:
    return [json.loads(bytes(row.value)) for row in await office.rows("select value from outbox where topic = 'account.events'")]


async def test_opening_the_link_asks_and_changes_nothing(office: Office, path: str) -> None:
    page = await office.http.get(path, headers={"Authorization": ""})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="ja">' in page.text
    assert "<form method" in page.text
    assert (await preferences(office), await facts(office)) == ([], [])


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b"", None),
    ],
)
async def test_one_click_refuses_proposals_without_key_cookie_or_redirect(
    office: Office, path: str, content: bytes, kind: str | None
) -> None:
    headers = {"Authorization": ""} | ({"Content-Type": kind} if kind else {})
    answer = await office.http.post(path, content=content, headers=headers)
    assert answer.status_code == 200
    assert answer.history == []
    assert await preferences(office) == [(True, False, False)]
    (event,) = await facts(office)
    assert (event["type"], event["subject"]) == ("contact.unsubscribed", "acct-42")
    assert event["data"] == {"contact": "c1", "scope": "proposals"}


async def test_refusing_twice_is_one_fact(office: Office, path: str) -> None:
    for _ in range(2):
        assert (await office.http.post(path)).status_code == 200
    assert len(await facts(office)) == 1


async def test_a_token_that_is_not_ours_is_nothing(office: Office, path: str) -> None:
    forged = re.sub(r"\.\w", ".x", path)
    for bad in (forged, "/v1/unsubscribe/x", "/v1/unsubscribe/" + "a" * 3000, f"{path}x"):
        for method in ("GET", "POST"):
            assert (await office.http.request(method, bad)).status_code == 404
    other = office.context.signer.sign("cursor", b'["acct-42","c1"]')
    assert (await office.http.post(f"/v1/unsubscribe/{other}")).status_code == 404
    assert (await preferences(office), await facts(office)) == ([], [])
