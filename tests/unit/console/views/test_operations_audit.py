"""The audit log as rows."""

from services.console.views import operations_audit


def test_states_are_readable_and_the_list_has_pages() -> None:
    row = {"id": "1", "before": None, "after": {"name": "青空"}}
    view = operations_audit.view({"who": "u7"}, {"data": [row], "next_cursor": "c"})
    assert view["rows"][0]["was"] == ""
    assert "青空" in view["rows"][0]["now"]
    assert view["next"] == "/console/operations/audit?who=u7&cursor=c"
    assert operations_audit.view({}, None)["away"]
    assert operations_audit.wanted({"who": " u7 ", "x": "y"}) == {"who": "u7"}
