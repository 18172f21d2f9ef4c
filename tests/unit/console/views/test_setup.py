"""The first steps lead to pages."""

from services.console.views import setup


def test_each_step_has_its_page() -> None:
    items = [{"n": n, "title": "", "done": False, "remedy": ""} for n in range(1, 6)]
    view = setup.view({"done": 0, "items": items})
    assert all(one["page"].startswith("/console/") for one in view["items"])
    assert setup.view(None)["away"]
