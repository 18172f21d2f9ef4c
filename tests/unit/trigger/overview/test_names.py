"""Names as they are searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trigger.overview.names import fold, pattern


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
