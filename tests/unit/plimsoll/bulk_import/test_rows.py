"""Reading rows from any place of a file: JSON lines, and CSV from spreadsheets."""

import io
import re
from pathlib import Path
from typing import Any

import pytest

from plimsoll.bulk_import import lines, table
from plimsoll.bulk_import.checks import faults_of
from plimsoll.bulk_import.rows import Kind, Mark, Row, Unusable, item_of
from plimsoll.failures import CommandError


def of_lines(raw: bytes, kind: str | None = None, start: Mark = Mark()) -> list[Row | Unusable]:  # noqa: B008
    return list(lines.rows(io.BytesIO(raw), start, kind))


def of_table(
    raw: bytes,
    kind: Kind,
    encoding: str = "utf-8",
    start: Mark = Mark(),  # noqa: B008
) -> list[Row | Unusable]:
    file = io.BytesIO(raw)
    return list(table.rows(file, start, table.read_head(file, kind, encoding)))


def bodies(found: list[Row | Unusable]) -> list[Any]:
    assert all(isinstance(one, Row) for one in found), found
    return [dict(one.body or {}) for one in found]


def test_a_line_is_a_row_wherever_it_is() -> None:
    raw = (
        b'\xef\xbb\xbf{"id": "a", "name": "x"}\r\n\n  \n'
        b'{"kind": "contact", "account": "a", "id": "c1"}\n{"id": "b", "_refused": {}}'
    )
    found = of_lines(raw)
    assert [(type(one).__name__, one.span.begin.line) for one in found] == [
        ("Row", 1),
        ("Row", 4),
        ("Row", 5),
    ]
    first, contact, again = found
    assert isinstance(first, Row)
    assert (first.account, first.raw, first.read) == ("a", b'{"id": "a", "name": "x"}', None)
    assert first.body == {"id": "a", "name": "x"}
    assert isinstance(contact, Row)
    assert item_of(contact) == {"id": "a", "add_contacts": [{"id": "c1"}]}
    assert isinstance(again, Row)
    assert item_of(again) == {"id": "b"}
    for position, one in enumerate(found[:-1], 1):
        assert of_lines(raw, start=one.span.end) == found[position:]
    assert found[-1].span.end.position == len(raw)


@pytest.mark.parametrize(
    ("line", "path", "reason"),
    [
        (b"nonsense", "", "expecting value at character 0"),
        (b'{"id": "a", "name": "x"', "", "expecting ',' delimiter"),
        (b'{"kind": "contact", "account": "a", "account": "b"}', "", "account appears twice"),
        (b"[1]", "", "must be an object"),
        (b'{"name": "x"}', "/id", "is missing"),
        (b'{"id": 7}', "/id", "must be text"),
        (b'{"kind": "account", "id": null}', "/id", "is missing"),
        (b'{"kind": "contact", "id": "c1"}', "/account", "is missing"),
        (b'{"kind": "limit", "account": "a", "limit": 5}', "/meter", "is missing"),
        (
            b'{"kind": "person"}',
            "/kind",
            "must be one of account, contact, subscription, limit, fact",
        ),
        (b'{"id": "\xff"}', "", "not UTF-8"),
        (
            b'{"kind": "fact", "account": "a", "data": {"hours": 1e999999999}}',
            "/data/hours",
            "must have at most 18 digits",
        ),
        (
            b'{"kind": "fact", "account": "a", "data": {"hours": NaN}}',
            "/data/hours",
            "must be a finite number",
        ),
        (
            b'{"kind": "contact", "account": "a", "name": "\\ud800"}',
            "/name",
            "half a surrogate pair",
        ),
        (b"[" * 100_000, "", "nested deeper"),
    ],
)
def test_an_invalid_line_says_why_and_the_next_is_read(line: bytes, path: str, reason: str) -> None:
    wrong, good = of_lines(line + b'\n{"id": "b"}\n')
    assert isinstance(wrong, Unusable)
    assert (wrong.faults[0].path, wrong.span.begin.line) == (path, 1)
    assert reason in wrong.faults[0].reason
    assert isinstance(good, Row)
    assert good.account == "b"


def test_a_line_without_end_is_passed_over_without_reading_it_in() -> None:
    long = b'{"id": "' + b"x" * (2 * lines.LONGEST + 5) + b'"}\n'
    wrong, good = of_lines(long + b'{"id": "b"}\n')
    assert isinstance(wrong, Unusable)
    assert wrong.faults[0].reason == "is longer than 4 MiB"
    assert isinstance(good, Row)
    assert good.span.begin == Mark(len(long), 2)


ACCOUNT = {
    "id": "a",
    "name": "青空, 株式会社",
    "employees": 40,
    "csm": {"id": "u7", "name": "Kato", "sales_trained": True},
    "external_ids": {"hubspot": "0812", "a.b": "x"},
    "contacts": [{"id": "c1", "name": "Ada\nLovelace"}, {"id": "c2", "name": "Ken"}],
    "subscription": {
        "plan": "pro",
        "started_at": "2026-01-01T00:00:00Z",
        "quantity": 3,
        "price": "9.50",
        "add_ons": {"seat_pack": 2},
    },
    "limits": {
        "api.calls": {"limit": "12 GB", "thresholds": [50, 100]},
        "seats": {"thresholds": [{"at": "9 GB"}]},
    },
}
COLUMNS = (
    "id,name,employees,csm.id,csm.name,csm.sales_trained,external_ids.hubspot,external_ids.a.b,contacts.1.id,contacts.1.name,contacts.2.id,"
    "contacts.2.name,subscription.plan,subscription.started_at,subscription.quantity,subscription.price,subscription.add_ons.seat_pack,"
    "limits.api.calls.limit,limits.api.calls.thresholds,limits.seats.thresholds,country"
)
CELLS = (
    'a,"青空, 株式会社",40,u7,Kato,TRUE,0812,x,c1,"Ada\nLovelace",c2,Ken,pro,'
    '2026-01-01T00:00:00Z,3,9.50,2,12 GB,"50, 100",'
    '"[{""at"": ""9 GB""}]",'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_table_of_accounts(encoding: str, ending: str) -> None:
    raw = f"{COLUMNS}{ending}{CELLS}{ending}{',' * 20}{ending}b,Beta{ending}".encode(encoding)
    found = of_table(raw, "account", "cp932" if encoding == "cp932" else "utf-8")
    assert bodies(found) == [ACCOUNT, {"id": "b", "name": "Beta"}]
    assert [one.span.begin.line for one in found] == [2, 5]
    assert (
        of_table(raw, "account", "cp932" if encoding == "cp932" else "utf-8", found[0].span.end)
        == found[1:]
    )


@pytest.mark.parametrize(
    ("kind", "text", "item"),
    [
        (
            "contact",
            "account;id;name;role\na;c1;佐藤;owner\n",
            {"id": "a", "add_contacts": [{"id": "c1", "name": "佐藤", "role": "owner"}]},
        ),
        (
            "subscription",
            "account\tplan\tadd_ons.pack\tquantity\na\tpro\t2\tmany\n",
            {
                "id": "a",
                "subscription": {"plan": "pro", "add_ons": {"pack": 2}, "quantity": "many"},
            },
        ),
        (
            "limit",
            "sep=;\naccount;meter;limit\na;seats;unlimited\n",
            {"id": "a", "limits": {"seats": {"limit": "unlimited"}}},
        ),
    ],
)
def test_tables_of_other_kinds(kind: Kind, text: str, item: dict[str, Any]) -> None:
    (row,) = of_table(text.encode(), kind)
    assert isinstance(row, Row)
    assert item_of(row) == item


def test_a_table_of_facts() -> None:
    moment = "2026-11-01T00:00:00Z"
    by_name = f"account,type,time,data.score,data.comment\na,nps.responded,{moment},9,12\n"
    whole = (
        f'account,type,time,data\nb,login.recorded,{moment},"{{""user"": ""7""}}"\n'
        f"c,login.recorded,{moment},NaN\n"
    )
    (score,) = bodies(of_table(by_name.encode(), "fact"))
    login, wrong = of_table(whole.encode(), "fact")
    assert score["data"] == {"score": 9, "comment": "12"}
    assert bodies([login])[0]["data"] == {"user": "7"}
    assert isinstance(wrong, Unusable)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('a,"b\n', "has an unterminated quote"),
        ('a,"b"c\n', "is not CSV: ',' expected after '\"'"),
        ("a,b,c\n", "has 3 cells, the first line 2"),
        (",b\n", "is missing"),
    ],
)
def test_a_row_that_cannot_be_read_costs_no_other(row: str, reason: str) -> None:
    found = of_table(f"id,name\nx,X\n{row}y,Y\n".encode(), "account")
    kinds = [one.account if isinstance(one, Row) else one.faults[0].reason for one in found]
    assert kinds == ["x", reason, "y"]


@pytest.mark.parametrize("begins", ["a,", 'a,"'])
@pytest.mark.parametrize("filled", ["v," * 2_200_000, "v" * 4_500_000 + ",w,W"])
def test_a_line_that_is_too_long_is_one_row(begins: str, filled: str) -> None:
    """No piece of it is read as a row of its own."""
    found = of_table(f"id,name\nx,X\n{begins}{filled}\ny,Y\n".encode(), "account")
    assert [one.span.begin.line for one in found] == [2, 3, 4]
    assert [one.account for one in found if isinstance(one, Row)] == ["x", "y"]
    (wrong,) = [one for one in found if isinstance(one, Unusable)]
    assert wrong.faults[0].reason.startswith("is longer than 4 MiB")


def test_a_cell_that_is_too_long_is_told_as_that() -> None:
    wrong, last = of_table(b"id,name\na," + b"v" * 1_100_000 + b"\ny,Y\n", "account")
    assert isinstance(wrong, Unusable)
    assert isinstance(last, Row)
    assert (
        wrong.faults[0].reason
        == "has a cell longer than 1,000,000 characters, or an unterminated quote"
    )


def test_a_cell_in_another_encoding_is_refused_by_its_column() -> None:
    padding = b"x,X\n" * 20_000  # a fault at the beginning would be found immediately
    found = of_table(b"id,name\n" + padding + "y,青\n".encode("cp932") + b"z,Z\n", "account")
    wrong, last = found[-2:]
    assert isinstance(wrong, Unusable)
    assert (wrong.faults[0].path, wrong.faults[0].reason, wrong.body) == (
        "/name",
        "is not utf-8",
        {"id": "y"},
    )
    assert isinstance(last, Row)


@pytest.mark.parametrize(
    ("raw", "kind", "says"),
    [
        (
            b"id,nmae\n",
            "account",
            "the column 'nmae' is not known among those of accounts: did you mean name?",
        ),
        (b"id,zzz\n", "limit", "known are account, meter, limit, thresholds"),
        (b"name\n", "account", "the column 'id' is missing"),
        (b"id,name\n", "contact", "the column 'account' is missing"),
        (b"id,name,name\n", "account", "the column 'name' appears twice"),
        ("id,name\na,青空\n".encode("cp932"), "account", "line 2 is not utf-8: name its encoding"),
        ("id,name\n".encode("utf-16"), "account", "it is UTF-16"),
        (b"", "account", "the column 'id' is missing"),
        (b"id,name\ra,A\rb,B\r", "account", "its first line is not CSV: lines end with LF or CRLF"),
        (b"id," + b"x" * 2_000_000, "account", "its first line is not CSV"),
        (
            b"account,data,data.score\n",
            "fact",
            "the columns 'data' and 'data.score' exclude each other",
        ),
    ],
)
def test_faults_of_the_whole_file_are_reported_immediately(
    raw: bytes, kind: Kind, says: str
) -> None:
    with pytest.raises(CommandError, match=says.replace("(", r"\(")):
        of_table(raw, kind)


def test_every_column_of_the_docs_is_known() -> None:
    """The tables in docs/moving-in.md, which people copy."""
    page = (Path(__file__).parents[4] / "docs" / "moving-in.md").read_text(encoding="utf-8")
    tables = re.findall(r"`(\w+)s\.csv`[^\n]*\n```csv\n(.*?)```", page, re.DOTALL)
    assert {kind for kind, _ in tables} == set(table.COLUMNS)
    for kind, text in tables:
        assert bodies(of_table(text.encode(), kind))
    (example,) = re.findall(r"```ndjson\n(.*?)```", page, re.DOTALL)
    found = of_lines(example.encode())
    assert {one.kind for one in found if isinstance(one, Row)} == set(table.COLUMNS)
    assert [faults_of(one) for one in found] == [()] * len(found)


@pytest.mark.parametrize(
    ("path", "contacts", "column"),
    [
        ("/csm/email", 0, "csm.email"),
        ("/csm/id", 0, None),
        ("/contacts/0/email", 2, "contacts.1.email"),
        ("/contacts/1/role", 2, "contacts.5.role"),
        ("/contacts/1/email", 2, None),
        ("/contacts/0/email", 1, None),  # the row omits one of the two, and does not say which
        ("/contacts", 2, None),
    ],
)
def test_a_fault_names_its_column(path: str, contacts: int, column: str | None) -> None:
    head = b"id,csm.email,contacts.1.id,contacts.1.email,contacts.5.id,contacts.5.role\n"
    assert table.read_head(io.BytesIO(head), "account", "utf-8").column_of(path, contacts) == column
