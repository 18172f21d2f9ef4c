"""The published description: operation ids for generated clients, a model for each response,
examples that conform.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema_rs import Draft202012Validator

from services.notifier.channels.registry import KINDS
from shared.catalog import catalog_document, parse_catalog
from shared.values.quantities import dumps
from tests.support.description import description
from tests.support.pages import ROOT

OPERATIONS = """
    get_health                GET /healthz
    get_readiness             GET /readyz
    get_metrics               GET /metrics
    get_test_clock            GET /v1/test-clock
    set_test_clock            PUT /v1/test-clock
    set_test_fault            PUT /v1/test-faults
    get_operations            GET /v1/operations
    list_parked               GET /v1/parked
    list_changes              GET /v1/audit
    list_keys                 GET /v1/keys
    create_key                POST /v1/keys
    delete_key                DELETE /v1/keys/{name}
    retry_parked              POST /v1/parked/{id}:retry
    send_events               POST /v1/events
    list_rejected_records     GET /v1/events/rejected
    count_rejection_reasons   GET /v1/events/rejected/reasons
    get_rejected_record       GET /v1/events/rejected/{id}
    replay_rejected_record    POST /v1/events/rejected/{id}:replay
    replay_rejected_records   POST /v1/events/rejected:replay
    dismiss_rejected_record   POST /v1/events/rejected/{id}:dismiss
    get_catalog               GET /v1/catalog
    put_catalog               PUT /v1/catalog
    check_catalog             POST /v1/catalog:check
    list_catalogs             GET /v1/catalogs
    get_catalog_version       GET /v1/catalogs/{version}
    compare_catalogs          GET /v1/catalogs/{version}/differences/{other}
    get_account               GET /v1/accounts/{account}
    put_account               PUT /v1/accounts/{account}
    erase_account             DELETE /v1/accounts/{account}
    erase_contact             POST /v1/accounts/{account}/contacts/{contact}:erase
    get_erasure               GET /v1/erasures/{erasure}
    put_accounts              POST /v1/accounts:batch
    get_subscription          GET /v1/accounts/{account}/subscription
    put_subscription          PUT /v1/accounts/{account}/subscription
    end_subscription          DELETE /v1/accounts/{account}/subscription
    get_next_subscription     GET /v1/accounts/{account}/next-subscription
    take_back_next_subscription DELETE /v1/accounts/{account}/next-subscription
    put_limit                 PUT /v1/accounts/{account}/limits/{meter}
    delete_limit              DELETE /v1/accounts/{account}/limits/{meter}
    get_usage                 GET /v1/accounts/{account}/usage
    can                       GET /v1/accounts/{account}/can
    list_facts                GET /v1/accounts/{account}/facts
    take_back_fact            DELETE /v1/accounts/{account}/facts/{fact}
    send_signals              POST /v1/signals
    get_recommendation        GET /v1/accounts/{account}/recommendation
    compute_value             POST /v1/accounts/{account}/value
    create_quote              POST /v1/accounts/{account}/quotes
    get_quote                 GET /v1/quotes/{id}
    accept_quote              POST /v1/quotes/{id}:accept
    list_alerts               GET /v1/alerts
    get_alert                 GET /v1/alerts/{id}
    list_decisions            GET /v1/decisions
    get_decision              GET /v1/decisions/{id}
    list_opportunities        GET /v1/opportunities
    get_opportunity           GET /v1/opportunities/{id}
    list_opportunity_entries  GET /v1/opportunities/{id}/entries
    append_to_opportunity     POST /v1/opportunities/{id}/entries
    begin_opportunity         POST /v1/accounts/{account}/opportunities
    list_tasks                GET /v1/tasks
    get_task                  GET /v1/tasks/{id}
    list_task_entries         GET /v1/tasks/{id}/entries
    append_to_task            POST /v1/tasks/{id}/entries
    begin_task                POST /v1/accounts/{account}/tasks
    get_document              GET /v1/opportunities/{id}/documents/{name}
    get_bundle                GET /v1/opportunities/{id}/bundle
    put_person                PUT /v1/people/{id}
    get_person                GET /v1/people/{id}
    list_people               GET /v1/people
    list_accounts             GET /v1/accounts
    get_usage_history         GET /v1/accounts/{account}/usage/history
    search_everything         GET /v1/search
    list_targets              GET /v1/targets
    get_ownership             GET /v1/policy/ownership
    report_plays              GET /v1/reports/plays
    report_readiness          GET /v1/reports/readiness
    report_plans              GET /v1/reports/plans
    get_setup                 GET /v1/setup
    list_reports              GET /v1/reports
    get_report                GET /v1/reports/{report}
    run_backtest              POST /v1/backtests
    list_backtests            GET /v1/backtests
    get_backtest              GET /v1/backtests/{id}
    delete_backtest           DELETE /v1/backtests/{id}
    restart_backtest          POST /v1/backtests/{id}:restart
    list_backtest_messages    GET /v1/backtests/{id}/messages
    list_backtest_accounts    GET /v1/backtests/{id}/accounts
    list_notifications        GET /v1/notifications
    list_deliveries           GET /v1/deliveries
    get_delivery              GET /v1/deliveries/{id}
    cancel_delivery           POST /v1/deliveries/{id}:cancel
    retry_delivery            POST /v1/deliveries/{id}:retry
    recover_deliveries        POST /v1/deliveries:recover
    list_channels             GET /v1/channels
    get_channel               GET /v1/channels/{name}
    delete_channel            DELETE /v1/channels/{name}
    test_channel              POST /v1/channels/{name}:test
    ask_unsubscribe           GET /v1/unsubscribe/{token}
    unsubscribe               POST /v1/unsubscribe/{token}
    create_inbox_token        POST /v1/inbox/tokens
    list_inbox                GET /v1/inbox
    count_inbox               GET /v1/inbox/count
    list_active               GET /v1/inbox/active
    follow_inbox              GET /v1/inbox/stream
    mark_inbox_seen           POST /v1/inbox/seen
    mark_read                 POST /v1/inbox/{id}/read
    mark_unread               POST /v1/inbox/{id}/unread
    archive_item              POST /v1/inbox/{id}/archive
    answer_offer              POST /v1/inbox/{id}/feedback
    note_click                POST /v1/inbox/{id}/clicked
    ask_feedback              GET /v1/feedback/{token}
    give_feedback             POST /v1/feedback/{token}
    go                        GET /v1/go/{token}
    get_preferences           GET /v1/inbox/preferences
    change_preferences        PATCH /v1/inbox/preferences
    get_widget                GET /v1/widget/plimsoll-alerts.js
    get_widget_digest         GET /v1/widget/plimsoll-alerts.json
"""
"""Generated clients use these names: a new operation gets a line, an existing line never changes.
"""

OPEN = {
    "get_health",
    "get_readiness",
    "get_metrics",
    "ask_unsubscribe",
    "unsubscribe",
    "ask_feedback",
    "give_feedback",
    "go",
    "get_widget",
    "get_widget_digest",
}
FILES = ("application/pdf", "application/zip")
INTEGERS = {"limit", "near", "days", "version", "other", "last_event_id"}


@pytest.fixture(scope="module")
async def described() -> dict[str, Any]:
    return await description()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def media(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every request and response body: its place, schema and example."""
    for _, _, operation in operations(described):
        told = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for name, found in told.items():
            for kind, content in found.get("content", {}).items():
                yield f"{operation['operationId']} {name} {kind}", content


def validator(described: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": described["components"]})


def test_operations_keep_their_names(described: dict[str, Any]) -> None:
    found = {
        operation["operationId"]: f"{method} {path}"
        for method, path, operation in operations(described)
    }
    channels = {f"put_{kind.name}": f"PUT /v1/channels/{kind.name}" for kind in KINDS}
    listed = dict(line.strip().split(maxsplit=1) for line in OPERATIONS.strip().splitlines())
    assert found == listed | channels


def test_every_body_and_answer_has_a_model(described: dict[str, Any]) -> None:
    texts = ("text/plain", "text/html", "text/javascript", "text/event-stream", *FILES)
    bare = [
        where
        for where, content in media(described)
        if not where.endswith(texts) and not _is_model(content.get("schema", {}))
    ]
    assert bare == []
    answers = {
        operation["operationId"]
        for _, _, operation in operations(described)
        if not _has_content(operation)
    }
    assert answers == {
        "end_subscription",
        "take_back_next_subscription",
        "delete_limit",
        "delete_channel",
        "take_back_fact",
        "delete_key",
        "delete_backtest",
        "go",
    }  # 204, and a redirect


def _is_model(schema: dict[str, Any]) -> bool:
    return any("$ref" in found for found in (schema, *schema.get("allOf", [])))


def _has_content(operation: dict[str, Any]) -> bool:
    return any(
        "content" in found
        for status, found in operation["responses"].items()
        if status.startswith("2")
    )


def test_every_refusal_is_the_one_problem(described: dict[str, Any]) -> None:
    for _, _, operation in operations(described):
        for status in ("4XX", "5XX"):
            content = operation["responses"][status]["content"]
            assert content["application/problem+json"]["schema"] == {
                "$ref": "#/components/schemas/Problem"
            }


def test_models_have_the_names_of_what_they_are(described: dict[str, Any]) -> None:
    names = described["components"]["schemas"]
    assert [name for name in names if "_" in name or name.endswith(("Shown", "Shape"))] == []
    assert [name for name, schema in names.items() if schema["title"] != name] == []


def test_what_needs_no_key_says_so(described: dict[str, Any]) -> None:
    schemes = {
        operation["operationId"]: operation["security"] for _, _, operation in operations(described)
    }
    assert {name for name, security in schemes.items() if security == []} == OPEN
    inbox = {
        path
        for _, path, operation in operations(described)
        if operation["security"] == [{"InboxToken": []}]
    }
    assert all(path.startswith("/v1/inbox") for path in inbox)


def test_every_operation_has_a_description_and_a_tag_that_has_one(
    described: dict[str, Any],
) -> None:
    told = {tag["name"]: tag["description"] for tag in described["tags"]}
    for _, _, operation in operations(described):
        assert operation["description"], operation["operationId"]
        assert [told[tag] for tag in operation["tags"]], operation["operationId"]
    assert described["servers"]
    assert described["info"]["license"]["identifier"] == "Apache-2.0"


def test_every_parameter_but_those_of_paths_is_described(described: dict[str, Any]) -> None:
    parameters = [
        (found["operationId"], one)
        for _, _, found in operations(described)
        for one in found.get("parameters", [])
    ]
    assert [
        (name, one["name"])
        for name, one in parameters
        if one["in"] != "path" and not one.get("description")
    ] == []


def test_nothing_is_described_as_just_an_object(described: dict[str, Any]) -> None:
    told = [(name, _bare(schema)) for name, schema in described["components"]["schemas"].items()]
    assert [name for name, bare in told if bare] == []


def _bare(node: Any) -> bool:
    if isinstance(node, list):
        return any(_bare(item) for item in node)
    if not isinstance(node, dict):
        return False
    open_ended = (
        node.get("type") == "object" and not {"properties", "additionalProperties"} & node.keys()
    )
    return open_ended or any(
        _bare(value) for key, value in node.items() if key not in ("example", "examples")
    )


def test_numbers_in_an_address_are_numbers(described: dict[str, Any]) -> None:
    parameters = [
        (one["name"], one["schema"])
        for _, _, operation in operations(described)
        for one in operation.get("parameters", [])
    ]
    types = {
        name: {schema.get("type"), *(one.get("type") for one in schema.get("anyOf", []))}
        for name, schema in parameters
    }
    assert {name for name, found in types.items() if "integer" in found} == INTEGERS
    assert {name for name, found in types.items() if "number" in found} == {"amount"}


def test_examples_keep_to_their_models(described: dict[str, Any]) -> None:
    seen = 0
    for where, content in media(described):
        if "example" in content:
            faults = [
                error.message
                for error in validator(described, content["schema"]).iter_errors(content["example"])
            ]
            assert faults == [], where
            seen += 1
    assert seen > 100


@pytest.mark.parametrize("name", ["case", "global", "jp", "jp_alt", "demo"])
def test_catalogues_keep_to_their_model_as_written_and_as_shown(
    described: dict[str, Any], name: str
) -> None:
    file = ROOT / (
        "plimsoll/demo/catalog.yaml" if name == "demo" else f"tests/fixtures/catalogs/{name}.yaml"
    )
    schemas = described["components"]["schemas"]
    written = yaml.safe_load(file.read_text())
    assert [
        error.message
        for error in validator(described, schemas["CatalogDocument"]).iter_errors(
            _keys_as_text(written)
        )
    ] == []
    shown = yaml.safe_load(
        dumps(
            {**catalog_document(parse_catalog(file.read_bytes(), "application/yaml")), "version": 1}
        )
    )
    assert [
        error.message
        for error in validator(described, schemas["AppliedCatalog"]).iter_errors(shown)
    ] == []
    assert list(
        validator(described, schemas["CatalogDocument"]).iter_errors({**written, "polcy": {}})
    )


def _keys_as_text(node: Any) -> Any:
    """YAML keys are always text for us."""
    if isinstance(node, dict):
        return {str(key): _keys_as_text(value) for key, value in node.items()}
    return [_keys_as_text(item) for item in node] if isinstance(node, list) else node


def test_an_hour_that_is_not_split_is_said_where_periods_are_set(described: dict[str, Any]) -> None:
    """In both places that move usage between periods, and on the page for developers."""
    schemas = described["components"]["schemas"]
    for model, field in (
        ("Order", "anchor"),
        ("AccountBody", "time_zone"),
        ("AccountItem", "time_zone"),
    ):
        assert "by whole hours" in schemas[model]["properties"][field]["description"]
    page = (Path(__file__).parents[4] / "docs" / "product-developers.md").read_text()
    assert "an hour is not split" in page
