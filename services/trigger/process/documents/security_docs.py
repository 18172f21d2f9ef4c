"""What an auditor or a security officer asks about the plan (R-145, R-156)."""

from services.trigger.judgement.findings.needs import framework_features
from services.trigger.process.documents.subject import Subject
from shared.catalog import Plan
from shared.wording.document import Items, Line, Part, Section, Table, row, typed
from shared.wording.language import list_text


def sections(of: Subject) -> tuple[Section, ...]:
    target = of.target
    materials: Part = of.links("security") or Line(of.say("document.materials.none"))
    further = Section(of.say("document.security.materials"), (materials,))
    if target is None:
        return (further,)
    plan = {"en": target.name.en, "ja": target.name.ja}
    return (
        Section(of.say("document.security.features", plan=plan), (_features(target, of),)),
        Section(of.say("document.security.frameworks"), (_frameworks(target, of),)),
        further,
    )


def _features(plan: Plan, of: Subject) -> Part:
    known = of.context.catalog.features
    secure = tuple(
        typed(known[key].name.in_(of.locale))
        for key in plan.features
        if key in known and known[key].group == "security"
    )
    return Items(secure) if secure else Line(of.say("document.security.features.none"))


def _frameworks(plan: Plan, of: Subject) -> Part:
    """Only those of which the plan has every feature."""
    catalog = of.context.catalog
    covered = {
        framework: [catalog.features[key].name.in_(of.locale) for key in keys]
        for framework in catalog.frameworks
        if set(keys := framework_features(catalog, framework)) <= set(plan.features)
    }
    if not covered:
        return Line(of.say("document.security.frameworks.none"))
    columns = (of.say("document.framework"), of.say("document.framework.by"))
    rows = (
        row(typed(framework), typed(list_text(names, of.locale)))
        for framework, names in covered.items()
    )
    return Table(columns, tuple(rows))
