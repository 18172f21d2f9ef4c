"""The forms of facts ask for what the API takes: every type, field, choice and bound."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
import pytest

from services.console.views.fact_fields import CRITERIA, FORMS, FactField, criterion_form
from services.trigger.judgement.facts.types import TYPES
from shared.wording.texts.console import facts as words
from shared.wording.texts.console.happenings import FACTS

FROM_SYSTEMS = {
    *("login.recorded", "feature.used", "feature.gated", "proposal.viewed"),
    *("ticket.opened", "ticket.classified", "ticket.answered", "ticket.closed"),
    *("subscription.changed", "subscription.renewed", "subscription.cancelled"),
    *("task.taken", "task.snoozed", "task.done"),
}
"""Nobody is told these: they happen in the product, the help desk, billing or the CRM."""
OF_ANYTHING = {("evidence.recorded", "kind"), ("compliance.need", "framework")}
"""Chosen or typed in a form, any name in the API."""
KINDS: dict[type, set[str]] = {
    int: {"number"},
    Decimal: {"amount"},
    bool: {"flag"},
    date: {"day"},
    str: {"area", "contact", "currency", "feature", "meter", "person", "plan", "text"},
}


class Model:
    """A field of the API's model. `options`: those of a Literal."""

    def __init__(self, name: str, field: msgspec.structs.FieldInfo) -> None:
        self.name = name
        self.required = field.required
        self.options: tuple[str, ...] = ()
        self.least: int | None = None
        self.most: int | None = None
        self.type: Any = None
        self.many = False
        self._read(field.type)

    def _read(self, kind: Any) -> None:
        origin = get_origin(kind)
        if origin is Annotated:
            kind, meta = get_args(kind)[:2]
            self.least, self.most = meta.ge, meta.le
            self._read(kind)
        elif origin in (Union, UnionType):
            for one in get_args(kind):
                if one is not NoneType:
                    self._read(one)
        elif origin is Literal:
            self.options = get_args(kind)
        elif origin is tuple:
            self.many = True
            self._read(get_args(kind)[0])
        else:
            self.type = kind


def _models(shape: type, prefix: str = "") -> Iterator[Model]:
    for field in msgspec.structs.fields(shape):
        model = Model(prefix + field.encode_name, field)
        if isinstance(model.type, type) and issubclass(model.type, msgspec.Struct):
            yield from _models(model.type, f"{model.name}.")
        else:
            yield model


def test_every_type_has_a_form_or_comes_from_a_system() -> None:
    assert set(FORMS) | FROM_SYSTEMS == set(TYPES)
    assert set(FORMS) & FROM_SYSTEMS == set()
    assert set(FORMS) <= set(FACTS)
    assert set(FORMS) == set(words.HAPPENED)
    assert set(words.ABOUT) <= set(FORMS)


@pytest.mark.parametrize("type_", FORMS)
def test_a_form_has_each_field_as_the_api_takes_it(type_: str) -> None:
    models = {one.name: one for one in _models(TYPES[type_])}
    fields = {one.name: one for one in FORMS[type_]}
    assert set(fields) == set(models)
    for name, field in fields.items():
        assert _matches(field, models[name], (type_, name) in OF_ANYTHING), (type_, name)


def _matches(field: FactField, model: Model, free: bool) -> bool:
    nested = "." in field.name
    required = field.required == (model.required and not nested)
    bound = field.most is None or field.most == model.most
    if free:
        return required and model.type is str
    if model.options:
        kind = field.kind == ("several" if model.many else "choice")
        return required and kind and set(field.options) == set(model.options)
    return required and bound and field.least == model.least and field.kind in KINDS[model.type]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_criterion_is_settled_by_fields_of_its_type(criterion: str) -> None:
    type_, fields = criterion_form(criterion)
    known = {one.name: one for one in FORMS[type_]}
    assert {one.name for one in fields} | {"criterion"} == set(known) | {"criterion"}
    for one in fields:
        assert set(one.options) <= set(known[one.name].options)


def test_what_is_answered_is_not_asked_again() -> None:
    _, fields = criterion_form("profile", {"integrations"})
    (kind,) = [one for one in fields if one.name == "kind"]
    assert kind.options[:2] == ("criticality", "advanced_use")


def test_every_field_and_code_has_words() -> None:
    for fields in (*FORMS.values(), *(criterion_form(one)[1] for one in CRITERIA)):
        for one in fields:
            assert one.name in words.FIELDS
            assert set(one.options) <= set(words.CODES.get(one.name, {}))
