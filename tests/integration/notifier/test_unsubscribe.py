"""RFC 8058: POST stops proposals immediately, GET only asks."""

import json
import re

import pytest

from services.notifier.addressing import Preferences
from services.notifier.inbox import inbox
from services.notifier.store import people
from services.notifier.unsubscribe.link import Right, make_token
from shared.postgres.database import transaction
from shared.values.mailboxes import mailbox
from tests.support.post import Office

HANAKO = mailbox("hanako@example.com")


def address(office: Office, contact: str = "c1", sent_to: bytes | None = HANAKO) -> str:
    return (
        f"/v1/unsubscribe/{make_token(office.context.signer, Right('acct-42', contact, sent_to))}"
    )


@pytest.fixture(params=[HANAKO, None], ids=["mailbox", "before"])
def path(office: Office, request: pytest.FixtureRequest) -> str:
    """A link of this version, and of the previous one, which did not contain the mailbox."""
    return address(office, sent_to=request.param)


async def preferences(office: Office) -> list[tuple[bool, bool, bool]]:
    rows = await office.rows(
        "select email_notice, email_proposal, in_app_proposal from preference where contact = 'c1'"
    )
    return [tuple(row) for row in rows]


async def facts(office: Office) -> list[dict[str, object]]:
    return [
        json.loads(bytes(row.value))
        for row in await office.rows("select value from outbox where topic = 'account.events'")
    ]


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
            (
                b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
                b"One-Click\r\n--b--\r\n"
            ),
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


async def refused(office: Office) -> list[tuple[str, str]]:
    rows = await office.rows(
        "select account, contact from preference "
        "where not email_proposal and not in_app_proposal order by 1, 2"
    )
    return [tuple(row) for row in rows]


async def told(office: Office) -> list[tuple[object, str]]:
    return sorted((event["subject"], event["data"]["contact"]) for event in await facts(office))  # type: ignore[index]


async def test_the_page_offers_both_and_one_click_means_this_account(office: Office) -> None:
    """Another contact reads the same mailbox, another account has it too, a third a similar one."""
    await office.opens(
        "other",
        [("x", "Hanako", "HANAKO@example.com", "owner"), ("y", "Ken", "ken@example.com", "owner")],
    )
    await office.opens("third", [("x", "Hanako", "hanako@example.org", "owner")])
    await office.rows(
        "insert into contact (account, id, position, name, email, role, locale) "
        "values ('acct-42', 'c3', 3, 'Keiri', 'Hanako@EXAMPLE.com', 'billing_admin', 'en') "
        "returning 1"
    )
    path = address(office)
    page = (await office.http.get(path)).text
    assert re.findall(r'<form method="post"(?: action="([^"]*)")?>', page) == ["", "?scope=address"]
    assert "このメールアドレスのすべてのアカウントで配信を停止する" in page
    english = (await office.http.get(address(office, "c3"), headers={"Authorization": ""})).text
    assert '<html lang="en">' in english
    assert "Stop offers for all accounts of this address" in english
    await office.http.post(path, content=b"List-Unsubscribe=One-Click")
    assert await refused(office) == [("acct-42", "c1"), ("acct-42", "c3")]
    assert await told(office) == [("acct-42", "c1")]
    answer = await office.http.post(f"{path}?scope=address", headers={"Authorization": ""})
    assert (answer.status_code, "すべてのアカウントで" in answer.text) == (200, True)
    assert await refused(office) == [("acct-42", "c1"), ("acct-42", "c3"), ("other", "x")]
    assert await told(office) == [("acct-42", "c1"), ("other", "x")]
    await office.http.post(f"{path}?scope=address&utm_source=mail")
    assert len(await facts(office)) == 2


async def test_a_link_refuses_only_for_the_mailbox_that_it_was_mailed_to(office: Office) -> None:
    """The contact now has an address that other accounts have too; and one contact is gone."""
    await office.opens(
        "other",
        [("x", "Hanako", "hanako@example.com", "owner"), ("y", "Aoi", "aoi@example.com", "owner")],
    )
    await office.rows(
        "update contact set email = 'aoi@example.com' "
        "where account = 'acct-42' and id = 'c1' returning 1"
    )
    await office.http.post(f"{address(office)}?scope=address")
    assert await refused(office) == [("acct-42", "c1")]
    await office.rows(
        "update contact set email = 'hanako@example.com' "
        "where account = 'acct-42' and id = 'c2' returning 1"
    )
    await office.http.post(f"{address(office)}?scope=address")
    assert await refused(office) == [("acct-42", "c1"), ("acct-42", "c2"), ("other", "x")]
    assert await told(office) == [("acct-42", "c1"), ("acct-42", "c2"), ("other", "x")]
    assert (
        await office.http.post(f"{address(office, 'gone', None)}?scope=address")
    ).status_code == 200
    assert ("acct-42", "gone") in await refused(office)


async def test_everywhere_holds_where_the_address_comes_later_until_offers_are_turned_on_again(
    office: Office,
) -> None:
    """The link is of a contact that is gone, and nobody in its account has the mailbox any more."""
    await office.rows(
        "update contact set email = 'aoi@example.com' "
        "where account = 'acct-42' and id = 'c1' returning 1"
    )
    await office.opens(
        "other",
        [("x", "Hanako", "Hanako@EXAMPLE.com", "owner"), ("y", "Ken", "ken@example.com", "owner")],
    )
    await office.http.post(f"{address(office, 'gone')}?scope=address")
    await office.opens(
        "later",
        [("x", "Hanako", "hanako@example.com", "owner"), ("y", "Ken", "ken@example.com", "owner")],
    )
    assert await offered(office) == {"acct-42": {"c1", "c2"}, "other": {"y"}, "later": {"y"}}
    assert await choice(office) == Preferences(True, False, False)
    assert await choice(office, email_notice=False) == Preferences(False, False, False)
    assert await offered(office) == {"acct-42": {"c1", "c2"}, "other": {"y"}, "later": {"y"}}
    assert await choice(office, email_proposal=True) == Preferences(False, True, False)
    assert await offered(office) == {
        "acct-42": {"c1", "c2"},
        "other": {"x", "y"},
        "later": {"x", "y"},
    }


async def offered(office: Office) -> dict[str, set[str]]:
    """Who may be mailed an offer."""
    async with office.context.engine.connect() as conn:
        found = await people.readers(conn, ["acct-42", "other", "later"])
    return {
        account: {id for id, reader in readers.items() if reader.mailed_offers}
        for account, readers in found.items()
    }


async def choice(office: Office, **change: bool) -> Preferences:
    """What the contact `x` of the account `later` sees of its preferences, having changed them."""
    async with transaction(office.context.engine) as conn:
        return await (
            inbox.prefer(conn, "later", "x", office.now, change)
            if change
            else inbox.preferences(conn, "later", "x")
        )


async def test_a_token_that_is_not_ours_is_nothing(office: Office, path: str) -> None:
    before, dot, signature = path.rpartition(".")
    forged = before + dot + ("y" if signature[0] == "x" else "x") + signature[1:]
    for bad in (forged, "/v1/unsubscribe/x", "/v1/unsubscribe/" + "a" * 3000, f"{path}x"):
        for method in ("GET", "POST"):
            assert (await office.http.request(method, bad)).status_code == 404
    other = office.context.signer.sign("cursor", b'["acct-42","c1"]')
    assert (await office.http.post(f"/v1/unsubscribe/{other}")).status_code == 404
    assert (await preferences(office), await facts(office)) == ([], [])
