"""What was typed stays."""

from services.console.form_values import Typed


def test_fields_that_were_not_sent_are_empty() -> None:
    typed = Typed.of({"text": ("a", "b"), "none": ()})
    assert (typed["text"], typed["none"], typed["other"]) == ("a", "", "")
    assert Typed.of(None)["text"] == ""
