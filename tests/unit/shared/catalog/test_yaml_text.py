"""A catalogue as YAML that people edit."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog import Catalog, catalog_document, parse_catalog
from shared.catalog.document import read_json, read_yaml
from shared.catalog.yaml_text import yaml_text
from shared.values.quantities import dumps
from tests.support.catalogs import FOLDER
from tests.support.strategies import catalogs, examples

FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_is_the_same_catalogue_again(file: Path) -> None:
    catalog = parse_catalog(file.read_bytes(), "application/yaml")
    text = yaml_text(catalog_document(catalog))
    assert parse_catalog(text.encode(), "application/yaml") == catalog
    assert max(map(len, text.splitlines())) <= 130


@examples(20)
@given(catalogs())
def test_every_catalogue_that_is_accepted_is_the_same_again(catalog: Catalog) -> None:
    text = yaml_text(catalog_document(catalog))
    assert parse_catalog(text.encode(), "application/yaml") == catalog


WORDS = st.sampled_from(
    ["no", "Yes", "null", "~", "", "0o17", "1e3", "12:30:00", "2025-01-01", "a: b", "# x", "- x"]
) | st.text(st.characters(codec="utf-8"), max_size=20)
TREES = st.recursive(
    WORDS | st.booleans() | st.none() | st.integers() | st.decimals(-(10**9), 10**9, places=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@examples(40)
@given(st.dictionaries(WORDS, TREES, min_size=1, max_size=4))
def test_every_text_is_read_as_it_was(tree: dict[str, object]) -> None:
    assert read_yaml(yaml_text(tree).encode())[:2] == read_json(dumps(tree))[:2]


def test_it_reads_well() -> None:
    tree = {
        "currency": "USD",
        "thresholds": [80, {"at": Decimal("9000000000")}],
        "plans": [{"id": "no", "limits": {"seats": "unlimited"}, "price": {"month": 49}}],
        "links": {"upgrade": "https://a.example/?a={account}"},
        "empty": {},
    }
    assert yaml_text(tree) == (
        "currency: USD\n"
        "thresholds:\n"
        "  - 80\n"
        "  - {at: 9000000000}\n"
        "plans:\n"
        '  - id: "no"\n'
        "    limits: {seats: unlimited}\n"
        "    price: {month: 49}\n"
        'links: {upgrade: "https://a.example/?a={account}"}\n'
        "empty: {}\n"
    )
