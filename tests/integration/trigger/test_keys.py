"""API keys over HTTP: shown once, revoked, and in the audit log."""

from shared.security import person_tokens
from tests.support.desk import Desk


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def test_a_key_is_shown_once_works_and_is_revoked(desk: Desk) -> None:
    body = {"name": "shop 1", "scopes": ["read", "events:write"], "rate": 12.5}
    made = await desk("POST", "/v1/keys", body, want=201)
    key = made.pop("key")
    assert (made["scopes"], made["prefix"]) == (["events:write", "read"], key[:11])
    assert str(made["rate"]) == "12.5"
    assert (made["last_used_at"], made["revoked_at"]) == (None, None)
    await desk("GET", "/v1/accounts/none", want=404, headers=bearer(key))
    await desk.context.keys.write_used()
    (listed,) = (await desk("GET", "/v1/keys"))["data"]
    assert listed["last_used_at"] is not None
    assert {**listed, "last_used_at": None} == made
    taken = await desk("POST", "/v1/keys", body, want=409)
    assert taken["errors"][0]["path"] == "/name"
    await desk("DELETE", "/v1/keys/shop 1", want=204)
    for name in ("shop 1", "none"):
        await desk("DELETE", f"/v1/keys/{name}", want=404)
    (listed,) = (await desk("GET", "/v1/keys"))["data"]
    assert listed["revoked_at"] is not None
    log = await desk("GET", "/v1/audit?what=key")
    assert [(one["action"], one["what"]) for one in log["data"]] == [
        ("revoke", "key shop 1"),
        ("create", "key shop 1"),
    ]
    assert log["data"][1]["after"] == {"scopes": ["events:write", "read"], "rate": 12.5}
    assert key[11:] not in str(log)


async def test_what_is_no_key_is_refused(desk: Desk) -> None:
    for body, path in (
        ({"name": "a/b", "scopes": ["read"]}, "/name"),
        ({"name": "", "scopes": ["read"]}, "/name"),
        ({"name": "a", "scopes": []}, "/scopes"),
        ({"name": "a", "scopes": ["everything"]}, "/scopes/0"),
        ({"name": "a", "scopes": ["read"], "rate": 0}, "/rate"),
        ({"name": "a", "scopes": ["read"], "rate": 1e7}, "/rate"),
    ):
        refused = await desk("POST", "/v1/keys", body, want=422)
        assert [one["path"] for one in refused["errors"]] == [path]
    assert (await desk("GET", "/v1/keys"))["data"] == []


async def test_who_makes_keys_and_which(desk: Desk) -> None:
    def as_(*roles: str) -> dict[str, str]:
        return bearer(person_tokens.issue(desk.context.signer, "u7", roles, "s-1", desk.now))

    body = {"name": "reader", "scopes": ["read"]}
    for role in ("csm", "manager", "planner"):
        await desk("GET", "/v1/keys", want=403, headers=as_(role))
        await desk("POST", "/v1/keys", body, want=403, headers=as_(role))
    made = await desk("POST", "/v1/keys", body, want=201, headers=as_("operator"))
    everything = {"name": "all", "scopes": ["admin"]}
    await desk("POST", "/v1/keys", everything, want=403, headers=as_("operator"))
    await desk("POST", "/v1/keys", everything, want=201, headers=as_("admin"))
    await desk("GET", "/v1/keys", want=403, headers=bearer(made["key"]))
    first = await desk("GET", "/v1/keys?limit=1")
    second = await desk("GET", f"/v1/keys?limit=1&cursor={first['next_cursor']}")
    assert [one["name"] for one in (*first["data"], *second["data"])] == ["all", "reader"]
