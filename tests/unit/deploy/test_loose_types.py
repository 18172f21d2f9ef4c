"""A `dict[str, Any]` in the signature of a public function says nothing about what is in it. It is
for JSON where it enters or leaves, and for rows of the database before they are read; within and
between the services there are types that name the fields.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EDGES: dict[str, set[str]] = {
    "shared/messages": {"AddOnFacts.variable", "MeterFacts.variable", "read_facts"},
    "shared/wording": {
        # variables of a sentence, and a stored decision, in JSON
        "gate_reason",
        "gate_text",
        "sentence",
    },
    "services/notifier": {
        # the JSON of a message, of a fact, of a CRM's answer, of settings over HTTP
        "Answer.properties",
        "BatchError.__init__",
        "Change.data",
        "ChannelSettings.kept",
        "Channels.encrypt",
        "EmailSettings.kept",
        "HubSpotApi.read_all",
        "HubSpotSettings.kept",
        "KeptFacts.__init__",
        "KeptFacts.changed",
        "Settings.put",
        "WebhookSettings.kept",
        "account_fact",
        "fault",
        "of",
        "shown",
        "signing",
        "task_id",
        "task_read",
        "there",
        "upserted_id",
        # rows of the database
        "Readership.refuses",
        "alert_view",
        "claim",
        "copies",
        "deliveries",
        "delivery",
        "delivery_detail",
        "delivery_view",
        "load",
        "loaded",
        "notification_view",
        "notifications",
        "offer_apart",
        "put",
        "readership",
    },
    "services/trigger/alerts": set(),
    "services/trigger/dossier": set(),
    "services/trigger/judgement": {
        # a fact as it arrives; evidence and public answers, which each finding shapes by itself
        "Proration.json",
        "Qualification.dissatisfying",
        "Shown.json",
        "ValueCase.steps",
        "Worded.json",
        "read",
    },
    "services/trigger/opportunities": set(),
    "services/trigger/process": {
        # bodies of entries: JSON as it is stored and shown, of a shape that each type has by itself
        "Entry.json",
        "Line.json",
        "Line.of",
        "Line.stored",
        "Owner.json",
        "Pack.json",
        "Standing.json",
        "Want.json",
        "answers",
        "closing",
        "facts_of",
        "fields_of",
        "figures_of",
        "fitting",
        "flows",
        "given_to",
        "news",
        "next_step",
        "of_lines",
        "packet",
        "results",
        "said",
        "shown",
        "signed",
        "stakeholders",
        "stored",
        "written",
    },
    "services/trigger/proposals": {
        # a stored decision; the payload of a timer
        "lines",
        "payload",
        "still",
    },
    "services/trigger/subscriptions": set(),
}


@pytest.mark.parametrize("room", EDGES)
def test_only_edges_take_or_return_fields_without_names(room: str) -> None:
    found = dict(_loose(room))
    new = {place for name, place in found.items() if name not in EDGES[room]}
    assert new == set(), "name the fields: a struct, a dataclass or a TypedDict"
    assert EDGES[room] - found.keys() == set(), "no longer loose: take it from the list"


def _loose(room: str) -> Iterator[tuple[str, str]]:
    """By name, where it is."""
    for path in sorted((ROOT / room).rglob("*.py")):
        for name, function in _public(ast.parse(path.read_text(encoding="utf-8"))):
            if any(_is_loose(annotation) for annotation in _annotations(function)):
                yield name, f"{path.relative_to(ROOT)}:{name}"


def _public(tree: ast.AST, within: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(node, f"{node.name}.")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
            node.name == "__init__" or not node.name.startswith("_")
        ):
            yield f"{within}{node.name}", node  # type: ignore[misc]


def _annotations(function: ast.FunctionDef) -> Iterator[ast.expr]:
    given = function.args
    for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
        if one is not None and one.annotation is not None:
            yield one.annotation
    if function.returns is not None:
        yield function.returns


def _is_loose(annotation: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Subscript)
        and ast.unparse(node) in ("dict[str, Any]", "Mapping[str, Any]")
        for node in ast.walk(annotation)
    )
