"""The text of a catalogue as a plain tree: nothing is guessed, and nothing grows beyond a cap."""

from typing import Any

import pytest

from shared.catalog import CatalogUnreadable, Text, Threshold, parse_catalog
from shared.catalog.document import read_json, read_stored, read_yaml
from shared.catalog.place import UNUSABLE
from shared.values.faults import Fault
from tests.unit.shared.catalog.test_parse import DESIGN, faults

TRAPS = [
    "no",
    "yes",
    "on",
    "0o17",
    "017",
    "0x1F",
    "1e3",
    "1_000",
    "12:30:00",
    "2025-01-01",
    ".5",
    "+5",
    ".inf",
    "=",
]


# Read differently by different YAML parsers, or not data at all
@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("place", ["purchase: {}", "name: {}", "currency: {}"])
def test_a_yaml_trap_is_refused_everywhere(trap: str, place: str) -> None:
    body = DESIGN.replace("purchase: self_serve", place.format(trap))
    assert [path for path, _ in faults(body)] == [f"/plans/0/{place.split(':')[0]}"]


def test_a_quoted_trap_is_text() -> None:
    body = DESIGN.replace("purchase: self_serve", 'name: "no", family: "12:30:00"').replace(
        "rank: 3", 'rank: 3, family: "12:30:00"'
    )
    assert parse_catalog(body.encode(), "application/yaml").plans["starter"].name == Text(
        "no", "no"
    )


@pytest.mark.parametrize(
    ("written", "path", "reason"),
    [
        ("<<: {a: 1}", "/<<", "merge keys"),
        ("links: !!python/object/apply:os.system [id]", "/links", "has a YAML tag"),
        ("links: !mine {a: 1}", "/links", "has a YAML tag"),
        ("links: !!binary aGk=", "/links", "has a YAML tag"),
        ("no: 1", "/no", "means different things"),
        ("[1]: 1", "/tag:yaml.org,2002:seq", "must be a plain text"),
        ("? {a: 1}\n: 1", "/tag:yaml.org,2002:map", "must be a plain text"),
    ],
)
def test_what_is_not_plain_data(written: str, path: str, reason: str) -> None:
    body = DESIGN[: DESIGN.index("links:")] + written + "\n"
    found = faults(body)
    assert [where for where, _ in found] == [path]
    assert reason in found[0][1]


def test_a_bomb_of_aliases_ends_at_the_cap() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    ]
    assert faults("\n".join(lines)) == [
        ("", "has more than 20000 values, counting each use of an alias")
    ]


def test_an_alias_within_reason_is_read() -> None:
    body = DESIGN.replace("thresholds: [80, 90, 95, 100]", "thresholds: &usual [50, 100]").replace(
        "storage: 10 GB", "storage: {limit: 10 GB, thresholds: *usual}"
    )
    assert parse_catalog(body.encode(), "application/yaml").plans["starter"].limits[
        "storage"
    ].thresholds == (Threshold(50), Threshold(100))


@pytest.mark.parametrize(
    ("body", "media", "reason"),
    [
        (b"a: &a [*a]", "application/yaml", "nested more than 20 levels"),
        (b"[" * 2000, "application/yaml", "nested too deeply"),
        (b"[" * 200_000, "application/json", "nested too deeply"),
        (b"[" * 30 + b"]" * 30, "application/json", "nested more than 20 levels"),
        (b"x" * 256_001, "application/yaml", "larger than 256 kB"),
        (b"[" + b"1," * 30_000 + b"1]", "application/json", "more than 20000 values"),
    ],
)
def test_what_is_too_large_or_too_deep(body: bytes, media: str, reason: str) -> None:
    assert reason in faults(body, media)[0][1]


@pytest.mark.parametrize(
    ("body", "media", "reason"),
    [
        (b"", "application/yaml", "is empty"),
        (b" \n", "application/json", "is empty"),
        (b"# nothing\n", "application/yaml", "is empty"),
        (b"\xef\xbb\xbf" + DESIGN.encode(), "application/yaml", "byte order mark"),
        (DESIGN.encode("utf-16"), "application/yaml", "byte order mark"),
        ("currency: é".encode("latin-1"), "application/yaml", "not UTF-8 at byte 10"),
        (DESIGN.replace("\n", "\r\n").encode(), "application/yaml", "CRLF"),
        (
            b"a: [",
            "application/yaml",
            "is not YAML: expected the node content, but found '<stream end>' (line 1, column 5)",
        ),
        (b"a: 1\n---\nb: 2", "application/yaml", "is not YAML"),
        (b"a\x00b", "application/yaml", "is not YAML"),
        (b"a: *nowhere", "application/yaml", "is not YAML"),
        (b"{", "application/json", "is not JSON"),
        (b"{}{}", "application/json", "is not JSON"),
        (b'{"a":"\n"}', "application/json", "is not JSON"),
    ],
)
def test_what_cannot_be_read_at_all(body: bytes, media: Any, reason: str) -> None:
    with pytest.raises(CatalogUnreadable) as refused:
        parse_catalog(body, media)
    (fault,) = refused.value.faults
    assert fault.path == ""
    assert reason in fault.reason


def test_keys_and_values_stay_as_they_are_written() -> None:
    body = b'{"b": 1.50, "a": [true, null, "1", 100000000000000000000000000000000]}'
    assert read_json(body)[:2] == read_yaml(body)[:2]
    tree, found, _ = read_json(body)
    assert found == []
    assert repr(tree) == (
        "{'b': Decimal('1.50'), "
        "'a': [True, None, '1', Decimal('100000000000000000000000000000000')]}"
    )


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_a_key_that_is_given_twice_keeps_its_first_value(read: Any) -> None:
    assert read(b'{"a": 1, "b": {"c": 2, "c": 3}, "a": 4}')[:2] == (
        {"a": 1, "b": {"c": 2}},
        [Fault("/b/c", "is given twice"), Fault("/a", "is given twice")],
    )


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_a_key_has_256_characters_at_most(read: Any) -> None:
    kept, refused = "k" * 256, "k" * 257
    tree, found, _ = read(f'{{"{kept}": 1, "{refused}": 1}}'.encode())
    assert tree == {kept: 1}
    assert [fault.reason for fault in found] == ["has a key of more than 256 characters"]


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_the_twentieth_level_is_the_deepest(read: Any) -> None:
    assert read(b"[" * 20 + b"1" + b"]" * 20)[1] == []
    (fault,) = read(b"[" * 21 + b"1" + b"]" * 21)[1]
    assert fault == Fault("/0" * 20, "is nested more than 20 levels deep")


def test_a_stored_document_may_have_more_values_than_what_was_sent() -> None:
    body = b"[" + b"1," * 20_000 + b"1]"
    tree, found = read_stored(body)
    assert (tree, found) == ([1] * 20_001, [])


def test_a_number_that_is_none_is_left_to_the_reader() -> None:
    tree, found, _ = read_json(b"[Infinity, NaN, 1e99999999999999999999]")
    assert found == []
    assert isinstance(tree, list)
    assert [str(one) for one in tree] == ["Infinity", "NaN", "NaN"]


def test_what_is_refused_is_not_confused_with_null() -> None:
    tree, found, _ = read_yaml(b"{a: 1e3, b: null}")
    assert tree == {"a": UNUSABLE, "b": None}
    assert [fault.path for fault in found] == ["/a"]
