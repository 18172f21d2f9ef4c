"""One rejected record."""

from typing import Any

from services.console.form_values import Typed
from services.console.views import operations_rejected_one as views
from shared.values.faults import Fault

RECORD: dict[str, Any] = {
    "id": "812",
    "state": "open",
    "payload": '{\n"a": 1}',
    "headers": None,
    "event": None,
    "replayed_as": None,
    "accounts": ["a/b"],
}


def test_what_was_not_changed_is_sent_as_it_was() -> None:
    assert views.corrected('{\r\n"a": 1}', RECORD["payload"]) is None
    assert views.corrected("", None) is None
    assert views.corrected("{}", RECORD["payload"]) == {"payload": "{}"}


def test_what_was_typed_stays_and_faults_inside_stand_at_the_payload() -> None:
    assert views.view(RECORD, Typed())["payload"] == RECORD["payload"]
    assert views.view(RECORD, Typed(payload=""))["payload"] == ""
    faults = [Fault("/payload/time", "missing"), Fault("/reason", "long"), Fault("", "late")]
    assert views.troubles(faults) == [
        ("payload", "/time: missing"),
        ("reason", "long"),
        ("", "late"),
    ]


def test_a_record_in_binary_mode_is_corrected_as_a_whole_event() -> None:
    record = RECORD | {"headers": {"ce_id": "1", "ce_a": "2"}, "event": '{"id":"1"}'}
    view = views.view(record, Typed())
    assert view["payload"] == views.whole(record) == '{"id":"1"}'
    assert view["headers"] == [("ce_a", "2"), ("ce_id", "1")]


def test_where_it_leads() -> None:
    view = views.view({**RECORD, "state": "replayed", "replayed_as": "9"}, Typed())
    assert view["accounts"] == [("a/b", "/console/accounts/a%2Fb")]
    assert (view["is_open"], view["replayed_as"]) == (False, "/console/operations/rejected/9")
