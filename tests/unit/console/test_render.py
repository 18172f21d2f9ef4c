"""How a page is rendered."""

from services.console.render import _Views


def test_what_a_view_calls_like_a_method_of_dictionaries_is_what_it_says() -> None:
    template = _Views().from_string("{{ v.clear }} {{ v.next.get('page', '-') }}")
    assert template.render(v={"clear": "/console/today", "next": {"page": 2}}) == "/console/today 2"
