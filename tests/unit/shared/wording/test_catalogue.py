"""Every sentence by its key."""

import pytest

from shared.wording.catalogue import SENTENCES, sentence, sentences
from shared.wording.sentence import WordingError

SAME = "proposal.price.same"


def test_several_are_said_in_their_order() -> None:
    said = [{"key": SAME}, {"key": SAME, "variables": None}]
    assert sentences(said, "en") == [sentence(SAME, {}, "en")] * 2
    assert sentences([], "ja") == []


def test_an_unknown_key_and_a_missing_variable_name_the_sentence() -> None:
    with pytest.raises(WordingError, match=r"there is no sentence 'no\.such'"):
        sentence("no.such", {}, "en")
    with pytest.raises(WordingError, match=r"^proposal\.price\.month: variable 'price' is missing"):
        sentence("proposal.price.month", {}, "en")


def test_both_languages_of_a_sentence_need_the_same_variables() -> None:
    for key, found in SENTENCES.items():
        assert found.ja, key
        assert found.en, key
        assert set(found.defaults) <= set(found.variables()), key
