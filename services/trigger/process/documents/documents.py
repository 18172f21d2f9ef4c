"""The five documents, in the order of the bundle (R-156)."""

from collections.abc import Callable, Mapping

from services.trigger.process.documents import (
    case_study,
    executive_summary,
    plan_comparison,
    roi_analysis,
    security_docs,
)
from services.trigger.process.documents.subject import Subject
from shared.wording.document import Document, Section, typed

SECTIONS: Mapping[str, Callable[[Subject], tuple[Section, ...]]] = {
    "executive_summary": executive_summary.sections,
    "roi_analysis": roi_analysis.sections,
    "plan_comparison": plan_comparison.sections,
    "security_docs": security_docs.sections,
    "case_study": case_study.sections,
}
NAMES = tuple(SECTIONS)


def document(name: str, of: Subject) -> Document:
    """KeyError for a name that is none of the five."""
    made, brand = SECTIONS[name](of), of.context.catalog.brand
    return Document(
        locale=of.locale,
        title=of.say(f"document.{name}"),
        facts=(
            of.figure("document.account", typed(of.context.account.name)),
            of.figure("document.day", of.day(of.context.today)),
            of.figure("document.owner", typed(of.state.owner.name or "–")),
        ),
        sections=made,
        brand=None if brand is None else typed(brand.name.in_(of.locale)),
        color=None if brand is None else brand.color,
    )
