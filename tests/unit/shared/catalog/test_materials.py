"""Assets and materials: what a person may open, and how many there may be."""

from typing import Any

import pytest

from shared.catalog.materials import read_assets, read_materials
from shared.catalog.place import Place
from shared.catalog.types import Asset, Material, Text
from shared.values.faults import Fault

CASE = {"title": "Hoshino", "url": "/cases/hoshino"}


def assets(given: Any) -> tuple[tuple[Asset, ...], list[Fault]]:
    faults: list[Fault] = []
    return read_assets(Place(given, "", faults)), faults


def materials(given: Any) -> tuple[dict[str, tuple[Material, ...]], list[Fault]]:
    faults: list[Fault] = []
    return read_materials(Place(given, "", faults)), faults


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "http://a.example/demo?x=1#y",
        "https://[::1]/",
        "/",
        "/demo/事例",
        "/" + "a" * 100,
    ],
)
def test_an_address_of_the_web_or_of_the_product(url: str) -> None:
    read, faults = assets([{"kind": "demo", "title": "Demo", "url": url}])
    assert (read, faults) == ((Asset("demo", Text("Demo", "Demo"), url),), [])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "demo",
        "//a.example/demo",
        "https://",
        "https:///demo",
        "HTTPS://a.example",
        "ftp://a.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@example.com",
        " https://a.example",
        "https://a.example/a b",
        'https://a.example/"onclick=',
        "https://a.example/<b>",
        "https://a.example/\u202ex",
        "https://a.example/\n",
        "https://a.example/" + "a" * 1_000_000,
        7,
        None,
    ],
)
def test_no_other_address_is_opened(url: Any) -> None:
    (asset,), (fault,) = assets([{"kind": "demo", "title": "Demo", "url": url}])
    assert asset.url == ""
    assert (fault.path, fault.reason.split(",")[0]) == ("/0/url", "must be an address")


def test_what_is_missing_is_named() -> None:
    assert assets([{}])[1] == [
        Fault("/0/kind", "is required"),
        Fault("/0/title", "is required"),
        Fault("/0/url", "is required"),
    ]


def test_a_material_s_text_is_optional() -> None:
    read, faults = materials({"case_study": [CASE, CASE | {"text": {"en": "Half", "ja": "半分"}}]})
    assert faults == []
    assert [one.text for one in read["case_study"]] == [None, Text("Half", "半分")]


def test_a_kind_without_materials_is_kept_empty_and_an_unknown_kind_is_a_fault() -> None:
    assert materials({"security": []}) == ({"security": ()}, [])
    assert [fault.path for fault in materials({"secrets": []})[1]] == ["/secrets"]


def test_a_hundred_of_a_kind_and_no_more() -> None:
    assert [len(materials({"reference": [CASE] * count})[1]) for count in (100, 101)] == [0, 1]
    read, faults = materials({"reference": [CASE] * 101})
    assert faults == [Fault("/reference", "must be 100 at most")]
    assert len(read["reference"]) == 100
