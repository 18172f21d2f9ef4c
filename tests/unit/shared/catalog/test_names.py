"""Names: in one of the languages at least, and in each that the catalogue uses."""

from typing import Any

from shared.catalog.names import check_names, read_name
from shared.catalog.place import Place
from shared.catalog.types import Text
from shared.values.faults import Fault


def read(value: Any) -> tuple[Text, list[str]]:
    faults: list[Fault] = []
    return read_name(Place(value, "/name", faults)), [fault.path for fault in faults]


def checked(declared: tuple[Any, ...] = (), **parts: Any) -> list[tuple[str, str]]:
    faults: list[Fault] = []
    check_names({key: Place(value, f"/{key}", faults) for key, value in parts.items()}, declared)
    return [(fault.path, fault.reason) for fault in faults]


def test_one_language_stands_in_for_the_other_and_a_text_for_both() -> None:
    assert read({"en": "users", "ja": "ユーザー"}) == (Text("users", "ユーザー"), [])
    assert read({"ja": "ユーザー"}) == (Text("ユーザー", "ユーザー"), [])
    assert read("Plimsoll") == (Text("Plimsoll", "Plimsoll"), [])


def test_no_language_or_another_one_is_a_fault() -> None:
    assert read({}) == (Text("", ""), ["/name"])
    assert read({"fr": "usagers"})[1] == ["/name/fr"]
    assert read(5)[1] == ["/name"]


def test_a_forgotten_translation_is_found_only_if_the_language_is_used() -> None:
    english, both = {"name": {"en": "users"}}, {"name": {"en": "storage", "ja": "容量"}}
    assert checked(meters={"seats": english}) == []
    assert checked(meters={"seats": english, "storage": both}) == [
        ("/meters/seats/name/ja", "is required")
    ]
    assert checked(("en",), meters={"seats": english, "storage": both}) == []
    assert checked(("ja",), plans=[english]) == [("/plans/0/name/ja", "is required")]


def test_a_text_for_both_languages_lacks_nothing_and_brands_count_too() -> None:
    assert checked(("en", "ja"), plans=[{"name": "Pro"}], brand={"name": "P"}) == []
    assert checked(("ja",), brand={"name": {"en": "P"}}) == [("/brand/name/ja", "is required")]
    assert checked(("ja",), plans=5, meters=None) == [], "what is no list is another's fault"
