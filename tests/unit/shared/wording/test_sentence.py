"""A sentence: its variables, their defaults, and what cannot be written."""

import pytest

from shared.wording.sentence import Sentence, WordingError, parts

TOLD = Sentence(
    ja="{name}さん、{count:number}件", en="{name}: {count:number}", defaults={"count": 1}
)


def test_the_language_decides_the_template_and_a_default_may_be_left_out() -> None:
    assert TOLD.say({"name": "Hana", "count": "12000"}, "en-GB") == "Hana: 12,000"
    assert TOLD.say({"name": "花"}, "ja-JP") == "花さん、1件"


def test_it_says_which_variables_it_needs() -> None:
    assert TOLD.variables() == {"name": "", "count": "number"}
    assert parts("no placeholder") == (("no placeholder", "", ""),)
    assert parts("") == ()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "variable 'name' is missing"),
        ({"name": None}, "variable 'name' is missing"),
        ({"name": "x", "count": "many"}, "variable 'count' cannot be written as number"),
        ({"name": "x", "count": {}}, "variable 'count' cannot be written as number"),
    ],
)
def test_a_placeholder_is_never_shown(given: dict[str, object], reason: str) -> None:
    with pytest.raises(WordingError, match=reason):
        TOLD.say(given, "en")


@pytest.mark.parametrize(("n", "said"), [(1, "1 account"), ("1", "1 account"), (0, "0 accounts")])
def test_an_english_noun_agrees_with_its_number(n: object, said: str) -> None:
    counted = Sentence(ja="{n:number}社", en="{n:number} account{n:s}")
    assert counted.say({"n": n}, "en") == said
    assert counted.variables() == {"n": "s"}
