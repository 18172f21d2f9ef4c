"""A `dict[str, Any]` in the signature of a public function says nothing about what is in it. It is
for JSON where it enters or leaves, and for rows of the database before they are read; within and
between the services there are types that name the fields.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROOMS = (
    "shared/messages",
    "shared/wording",
    "services/notifier",
    "services/trigger/alerts",
    "services/trigger/dossier",
    "services/trigger/judgement",
    "services/trigger/proposals",
    "services/trigger/subscriptions",
)
EDGES = {
    # JSON of a message, of a CRM's answer, of settings over HTTP
    "shared/messages/facts.py": {"read_facts"},
    "services/notifier/received.py": {"KeptFacts.__init__"},
    "services/notifier/channels/hubspot_answers.py": {"fault"},
    "services/notifier/channels/hubspot_api.py": {
        "Answer.properties",
        "BatchError.__init__",
        "task_id",
        "upserted_id",
    },
    "services/notifier/channels/email_settings.py": {"EmailSettings.kept"},
    "services/notifier/channels/hubspot_settings.py": {"HubSpotSettings.kept"},
    "services/notifier/channels/kind.py": {"ChannelSettings.kept"},
    "services/notifier/channels/live.py": {"Channels.encrypt", "shown"},
    "services/notifier/channels/settings.py": {"Settings.put"},
    "services/notifier/channels/webhook.py": {"WebhookSettings.kept", "signing"},
    "services/notifier/inbox/examples.py": {"of"},
    "services/trigger/judgement/facts/types.py": {"read"},
    # rows of the database
    "services/notifier/addressing.py": {"offer_apart"},
    "services/notifier/delivery/claims.py": {"Readership.refuses"},
    "services/notifier/delivery/payload.py": {"alert_view"},
    "services/notifier/store/channels.py": {"put"},
    "services/notifier/store/queue.py": {"claim", "copies", "loaded"},
    "services/notifier/store/views.py": {"deliveries", "delivery", "notifications"},
    "services/notifier/views.py": {"delivery_view", "notification_view"},
    # variables of a sentence and stored decisions, in JSON
    "shared/messages/facts.py#variables": {"AddOnFacts.variable", "MeterFacts.variable"},
    "shared/wording/catalogue.py": {"sentence"},
    "shared/wording/gates.py": {"gate_reason", "gate_text"},
    "services/trigger/judgement/economics/value.py": {"ValueCase.steps"},
    "services/trigger/proposals/explanation.py": {"lines"},
    # evidence and public answers, which each gate or finding shapes by itself
    "services/trigger/judgement/decision.py": {"Shown.json"},
    "services/trigger/judgement/economics/proration.py": {"Proration.json"},
    "services/trigger/judgement/findings/qualification.py": {"Qualification.dissatisfying"},
    "services/trigger/judgement/pipeline.py": {"Worded.json"},
    # a timer's payload
    "services/trigger/proposals/person_first.py": {"payload", "still"},
}


def test_only_edges_take_or_return_fields_without_names() -> None:
    allowed = {f"{path.split('#')[0]}:{name}" for path, names in EDGES.items() for name in names}
    found = {name for room in ROOMS for name in _loose(room)}
    assert found - allowed == set(), "name the fields: a struct, a dataclass or a TypedDict"
    assert allowed - found == set(), "no longer loose: take it from the list"


def _loose(room: str) -> Iterator[str]:
    for path in sorted((ROOT / room).rglob("*.py")):
        for name, function in _public(ast.parse(path.read_text(encoding="utf-8"))):
            if any(_is_loose(annotation) for annotation in _annotations(function)):
                yield f"{path.relative_to(ROOT)}:{name}"


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
