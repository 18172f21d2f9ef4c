"""How a document says who and what."""

from dataclasses import replace

import pytest

from services.trigger.process.documents.subject import Subject, first_upper
from tests.unit.trigger.process.cases import deal
from tests.unit.trigger.process.documents.papers import seen


def test_persons_by_id_else_as_they_were_named() -> None:
    of = Subject(deal(), seen())
    assert [of.who(one) for one in ("c1", "s1", "Ms. Sato", None)] == [
        "Ito",
        "Mori",
        "Ms. Sato",
        "–",
    ]


def test_what_is_not_in_the_catalogue_any_more_has_its_id() -> None:
    of = Subject(replace(deal(), to_plan="gone"), seen())
    assert of.target is None
    assert of.plan(of.target, "gone") == "gone"
    assert of.meter("gone") == "Gone"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("users", "Users"), ("iOS devices", "iOS devices"), ("ユーザー", "ユーザー"), ("", "")],
)
def test_a_row_begins_with_a_capital(text: str, wanted: str) -> None:
    assert first_upper(text) == wanted
