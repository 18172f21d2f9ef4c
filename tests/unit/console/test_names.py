"""Pages show what people call a thing; ids are for scripts."""

from services.console.names import Names, persons

CATALOG = {
    "plans": [{"id": "pro", "name": {"en": "Pro", "ja": "プロ"}}, {"id": "bare"}],
    "meters": {"seats": {"name": {"en": "users", "ja": "ユーザー"}}},
    "add_ons": {"seats": {"name": {"en": "10 more users", "ja": "10ユーザー追加"}}},
    "features": None,
}
PEOPLE = {"data": [{"id": "u7", "name": "Kay Kato"}]}


def test_a_thing_is_called_by_its_name_in_the_readers_language() -> None:
    names = Names()
    names.learn(CATALOG, PEOPLE)
    assert (names.name("pro", "ja"), names.name("u7", "ja")) == ("プロ", "Kay Kato")
    assert names.name("seats", "en", "meters") == "Users"
    assert names.name("seats", "en") == "10 more users"
    assert [names.name(id, "en") for id in ("bare", "gone", None)] == ["bare", "gone", "–"]


def test_names_outlive_a_service_that_is_away_and_are_asked_for_once_in_a_while() -> None:
    names = Names()
    names.learn(CATALOG, PEOPLE)
    names.learn(None, None)
    assert names.name("pro", "en") == "Pro"
    assert [names.claim(), names.claim()] == [True, False]


def test_answers_serve_as_they_came_for_a_while_and_not_after_a_change() -> None:
    names = Names()
    assert names.whole("/v1/catalog") is None
    names.learn(CATALOG, None)
    assert names.whole("/v1/catalog") is CATALOG
    assert names.whole("/v1/people") is None
    names.learn(None, PEOPLE)
    assert (names.whole("/v1/catalog"), names.whole("/v1/people")) == (CATALOG, PEOPLE)
    assert names.claim()
    names.forget()
    assert names.claim()
    assert names.whole("/v1/catalog") is None
    names.learn(CATALOG, PEOPLE)
    names.whole_seconds = 0.0
    assert names.whole("/v1/people") is None


def test_forms_offer_people_who_are_active_and_have_the_role() -> None:
    listed = [
        {"id": "u1", "name": "Kato", "active": True, "roles": ["csm"]},
        {"id": "u2", "name": "Mori", "active": True, "roles": ["sales"]},
        {"id": "u3", "name": "Gone", "active": False, "roles": ["sales"]},
    ]
    assert persons({"data": listed}) == [("u1", "Kato"), ("u2", "Mori")]
    assert persons({"data": listed}, "sales") == [("u2", "Mori")]
    assert persons(None) == []
