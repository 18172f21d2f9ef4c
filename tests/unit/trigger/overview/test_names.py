"""Names as they are searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trigger.overview.names import fold, halves, nearest, pattern


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Aozora", "aozora"),
        ("ＡＯＺＯＲＡ", "aozora"),
        ("アオゾラ", "あおぞら"),
        ("ｱｵｿﾞﾗ", "あおぞら"),
        ("あおぞら", "あおぞら"),
        ("青空株式会社", "青空"),
        ("株式会社 青空", "青空"),
        ("㈱青空", "青空"),
        ("(有)青空", "青空"),
        ("Aozora, Inc.", "aozora"),
        ("Aozora Co., Ltd.", "aozora"),
        ("Aozora K.K.", "aozora"),
        ("Aozora GmbH", "aozora"),
        ("Inc", "inc"),
        ("株式会社", "株式会社"),
        ("Zinc Works", "zincworks"),
        ("Straße", "strasse"),
        ("Café Ünal", "cafeunal"),
        ("サーバー", "さーばー"),
        ("ヴ", "ゔ"),
        ("hanako@example.com", "hanakoexamplecom"),
        ("acct-42", "acct42"),
        ("!!! ???", "!!!???"),
        (" ", ""),
    ],
)
def test_what_does_not_matter_is_gone(name: str, folded: str) -> None:
    assert fold(name) == folded


@pytest.mark.parametrize("typed", ["青空", "aoz", "ｱｵｿﾞﾗ", "ゾラ", "AOZORA inc", "(株)アオゾラ"])
def test_what_is_typed_finds_the_name(typed: str) -> None:
    assert fold(typed) in fold("株式会社アオゾラ 青空 Aozora")


@given(st.text(max_size=300))
def test_folding_twice_changes_nothing_more_and_spaces_never_stay(name: str) -> None:
    folded = fold(name)
    assert not any(one.isspace() for one in folded)
    assert len(folded) <= 40 * len(name)


def test_signs_of_patterns_stand_for_themselves() -> None:
    assert pattern("a%_\\b") == "%a\\%\\_\\\\b%"


@pytest.mark.parametrize(
    "slip", ["kitsume", "kitsne", "kitsunee", "kistune", "xitsune", "kitsumef"]
)
def test_a_name_with_a_slip_is_near(slip: str) -> None:
    names = {"a1": "kitsune", "a2": "tanuki", "a3": "kitsunefoods"}
    assert nearest(slip, names, 5)[0] in ("a1", "a3")
    assert "a2" not in nearest(slip, names, 5)
    assert len(nearest(slip, names, 1)) == 1


def test_one_half_of_a_name_with_a_slip_is_as_it_should_be() -> None:
    assert halves("kitsume") == ["kit", "sume"]
    assert halves("青空商事") == ["青空", "商事"]
    assert halves("abc") == ["bc"]
    assert halves("a") == []
