"""Who may read an inbox: tokens for one contact of one account, valid for an hour at most."""

import asyncio
import time
from typing import Any

import jwt
import pytest

from shared.security.api_keys import create_key
from tests.support.inboxes import Office

PATHS = [
    ("GET", ""),
    ("GET", "/count"),
    ("GET", "/active"),
    ("GET", "/stream"),
    ("GET", "/preferences"),
    ("PATCH", "/preferences"),
    ("POST", "/seen"),
    ("POST", "/x/read"),
    ("POST", "/x/unread"),
    ("POST", "/x/archive"),
]


async def _mint(office: Office, body: Any, key: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key or office.context.settings.admin_key}"}
    return await office.http.post("/v1/inbox/tokens", json=body, headers=headers)


async def test_a_token_is_minted_for_a_known_contact(office: Office) -> None:
    account = await office.account("c1")
    answer = await _mint(office, {"account": account, "contact": "c1", "ttl": 600})
    assert answer.status_code == 201
    assert set(answer.json()) == {"token", "expires_at"}
    found = await office.http.get(
        "/v1/inbox", headers={"Authorization": f"Bearer {answer.json()['token']}"}
    )
    assert found.status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "path"),
    [
        ({"account": "nobody"}, 404, "/account"),
        ({"contact": "nobody"}, 404, "/contact"),
        ({"ttl": 3601}, 422, "/ttl"),
        ({"ttl": 0}, 422, "/ttl"),
        ({"ttl": "600"}, 422, "/ttl"),
        ({"ttl": 1.5}, 422, "/ttl"),
        ({"contact": ""}, 422, "/contact"),
        ({"admin": True}, 422, "/admin"),
    ],
)
async def test_a_bad_request_is_refused_with_its_path(
    office: Office, change: dict[str, Any], status: int, path: str
) -> None:
    account = await office.account("c1")
    answer = await _mint(office, {"account": account, "contact": "c1", "ttl": 600, **change})
    assert answer.status_code == status
    assert answer.json()["errors"][0]["path"] == path


async def test_minting_needs_the_scope(office: Office) -> None:
    account = await office.account("c1")
    reading = await create_key(office.context.engine, f"reader {account}", ["read"])
    minting = await create_key(office.context.engine, f"product {account}", ["inbox:token"])
    body = {"account": account, "contact": "c1", "ttl": 60}
    assert (await _mint(office, body, reading)).status_code == 403
    assert (await _mint(office, body, "pk_wrong")).status_code == 401
    assert (await _mint(office, body, office.token(account))).status_code == 401
    assert (await _mint(office, body, minting)).status_code == 201


async def test_an_api_key_is_not_an_inbox_token_and_vice_versa(office: Office) -> None:
    answer = await office.http.get(
        "/v1/inbox", headers={"Authorization": f"Bearer {office.context.settings.admin_key}"}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_without_a_token_nothing_is_shown_and_no_body_is_read(
    office: Office, method: str, path: str
) -> None:
    for headers in (
        {},
        {"Authorization": "Basic eHg6eHg="},
        {"Authorization": "Bearer forged"},
        {"Authorization": "Bearer"},
    ):
        answer = await office.http.request(
            method, f"/v1/inbox{path}", headers=headers, content=b"{"
        )
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_forged_token_is_refused(office: Office) -> None:
    account = await office.account("c1")
    good = office.token(account)
    claims = jwt.decode(good, options={"verify_signature": False})
    key = office.context.signer.key("inbox token")
    forged = [
        jwt.encode(claims, b"another key of thirty-two bytes!", "HS256"),
        jwt.encode(claims, None, "none"),  # type: ignore[arg-type]
        jwt.encode({**claims, "aud": "other"}, key, "HS256"),
        jwt.encode({name: value for name, value in claims.items() if name != "exp"}, key, "HS256"),
        jwt.encode({**claims, "account": 7}, key * 2, "HS384"),
        good[:-4] + "AAAA",
        good + ".x",
    ]
    for token in forged:
        answer = await office.http.get("/v1/inbox", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token


async def test_an_expired_token_is_refused(office: Office) -> None:
    account = await office.account("c1")
    answer = await _mint(office, {"account": account, "contact": "c1", "ttl": 1})
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert (await office.http.get("/v1/inbox", headers=headers)).status_code == 200
    await asyncio.sleep(1.1)
    assert (await office.http.get("/v1/inbox", headers=headers)).status_code == 401


async def test_a_person_who_left_the_account_loses_the_inbox(office: Office) -> None:
    account = await office.account("c1", "c2")
    user = office.reader(account)
    assert (await user.raw("GET")).status_code == 200
    await office.leave(account, "c1")
    assert (await user.raw("GET")).status_code == 401
    assert (await office.reader(account, "c2").raw("GET")).status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "山田 太郎", "email": "taro@example.com"}, 401),
        ({"email": "taro@example.com"}, 401),
        ({"name": "山田 太郎"}, 401),  # a shared mailbox, now another person's
        ({"email": "Hanako@Example.COM"}, 200),
        ({"role": "member", "locale": "en-US"}, 200),
    ],
)
async def test_a_token_belongs_to_the_person_and_not_to_the_next_with_the_contacts_id(
    office: Office, change: dict[str, str], status: int
) -> None:
    account = await office.account("c1")
    minted = (await _mint(office, {"account": account, "contact": "c1"})).json()["token"]
    for token in (minted, office.token(account)):
        headers = {"Authorization": f"Bearer {token}"}
        assert (await office.http.get("/v1/inbox", headers=headers)).status_code == 200
    await office.change(account, "c1", **change)
    for method, path in (
        ("GET", ""),
        ("GET", "/stream"),
        ("POST", "/seen"),
        ("PATCH", "/preferences"),
    ):
        if path != "/stream" or status == 401:
            answer = await office.http.request(
                method, f"/v1/inbox{path}", headers=headers, json={} if method == "PATCH" else None
            )
            assert answer.status_code == status, (method, path)
    again = (await _mint(office, {"account": account, "contact": "c1"})).json()["token"]
    assert (
        await office.http.get("/v1/inbox", headers={"Authorization": f"Bearer {again}"})
    ).status_code == 200


async def test_a_person_who_is_removed_and_returns_has_their_inbox_again(office: Office) -> None:
    account = await office.account("c1")
    user = office.reader(account)
    await office.leave(account, "c1")
    assert (await user.raw("GET")).status_code == 401
    await office.join(account, "c1")
    assert (await user.raw("GET")).status_code == 200
    await office.leave(account, "c1")
    await office.join(account, "c1", name="山田 太郎", email="taro@example.com")
    assert (await user.raw("GET")).status_code == 401


async def test_a_token_that_names_no_person_is_refused(office: Office) -> None:
    account = await office.account("c1")
    claims = jwt.decode(office.token(account), options={"verify_signature": False})
    assert "hanako" not in str(claims)
    del claims["person"]
    token = jwt.encode(claims, office.context.signer.key("inbox token"), "HS256")
    assert (
        await office.http.get("/v1/inbox", headers={"Authorization": f"Bearer {token}"})
    ).status_code == 401


async def test_another_contact_with_the_same_id_in_another_account_is_another_reader(
    office: Office,
) -> None:
    one, two = await office.account("c1"), await office.account("c1")
    await office.tell(one, "c1")
    assert len(await office.reader(one).items()) == 1
    assert await office.reader(two).items() == []


async def test_refusals_do_not_tell_what_was_wrong(office: Office) -> None:
    account = await office.account("c1")
    gone = office.token(account)
    await office.leave(account, "c1")
    bodies = set()
    for token in ("x", gone, office.token(account, ttl=-1)):
        started = time.perf_counter()
        answer = await office.http.get("/v1/inbox", headers={"Authorization": f"Bearer {token}"})
        assert time.perf_counter() - started < 10
        bodies.add(answer.text)
    assert len(bodies) == 1
