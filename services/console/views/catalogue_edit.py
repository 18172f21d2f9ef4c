"""The text of a catalogue with its faults beside it; what applying it would change; and what became
of it if somebody else was faster. Pure.
"""

from collections.abc import Mapping
from typing import Any

from services.console.views import differences
from services.console.views.catalogue_one import SINCE
from services.console.views.merge import merge
from services.console.views.plan_table import table
from shared.catalog import CatalogError, catalog_document, read_catalog
from shared.wording.language import Language

MOST_PREVIEWED = 100_000
"""Characters of a text whose plans are shown: a larger one would not be checked while typing."""
MOST = 200
"""Faults, or warnings, that are shown."""


def normal(text: str) -> str:
    """Browsers send the end of a line as CR LF; a catalogue has LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def marks(answer: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Faults and warnings of a check, in the order of the lines."""
    if answer is None:
        return []
    told = [("fault", one) for one in answer.get("errors", ())]
    told += [("warning", one) for one in answer.get("warnings", ())]
    listed = [
        {
            "kind": kind,
            "line": one.get("line", 1),
            "column": one.get("column", 1),
            "path": one["path"],
            "reason": one["reason"],
        }
        for kind, one in told
    ]
    return sorted(listed, key=lambda one: (one["line"], one["column"]))


def preview(text: str, language: Language) -> dict[str, Any] | None:
    """The plans of a text that was found valid; None if it is not, or is very large."""
    if len(text) > MOST_PREVIEWED:
        return None
    try:
        read = read_catalog(text.encode(), "application/yaml")
    except CatalogError:
        return None
    document: Any = catalog_document(read.catalog)
    return {"table": table(document, language), "document": document}


def stale(
    newer: int,
    texts: tuple[str, str, str],
    changed: Mapping[str, Any] | None,
    named: Mapping[str, Any] | None,
    language: Language,
) -> dict[str, Any]:
    """`texts`: before, yours, theirs. What only one side touched is merged; your lines stay where
    both touched the same ones.
    """
    before, yours, theirs = texts
    merged = merge(before, yours, theirs)
    return {
        "version": newer,
        "text": merged.text,
        "conflicts": merged.conflicts,
        "changed": None if changed is None else differences.view(changed, named, language),
    }


def view(
    text: str,
    revision: int,
    checked: Mapping[str, Any] | None,
    shown: Mapping[str, Any] | None,
    *,
    may_write: bool,
) -> dict[str, Any]:
    found = marks(checked)
    faults = [one for one in found if one["kind"] == "fault"]
    return {
        "text": text,
        "lines": text.count("\n") + 1,
        "revision": revision,
        "checked": checked is not None,
        "marks": found[:MOST],
        "faults": len(faults),
        "warnings": len(found) - len(faults),
        "table": None if shown is None else shown["table"],
        "is_large": len(text) > MOST_PREVIEWED,
        "may_write": may_write,
        "since": SINCE,
        "question": None,
        "stale": None,
    }


def question(
    tried: Mapping[str, Any], named: Mapping[str, Any] | None, language: Language
) -> dict[str, Any]:
    """What is asked before it is applied: what changes, for how many."""
    return differences.view(tried["changes"], named, language)
