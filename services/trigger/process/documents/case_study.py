"""Who else has taken the step, and who may be asked about it (R-151)."""

from services.trigger.process.documents.subject import Subject
from shared.wording.document import Line, Section


def sections(of: Subject) -> tuple[Section, ...]:
    cases, references = of.links("case_study"), of.links("reference")
    if cases is None and references is None:
        return (Section(of.say("document.cases"), (Line(of.say("document.materials.none")),)),)
    return (
        *([Section(of.say("document.cases"), (cases,))] if cases else []),
        *([Section(of.say("document.references"), (references,))] if references else []),
    )
