"""Names in a catalogue: in at least one of the company's languages. A missing one is replaced by
the other.
"""

from collections.abc import Collection, Iterable, Mapping

from shared.catalog.place import Place
from shared.catalog.types import LANGUAGES, Language, Text


def read_name(place: Place) -> Text:
    """`{en, ja}`, at least one of them, or one text for every language (a product's name)."""
    if isinstance(place.value, str):
        same = place.text()
        return Text(same, same)
    fields = place.fields(required=(), optional=LANGUAGES)
    if isinstance(place.value, dict) and not place.value:
        place.fault(f"must be given in one of {', '.join(LANGUAGES)} at least")
    given = {language: fields[language].text() for language in LANGUAGES if language in fields}
    fallback = next((name for name in given.values() if name), "")
    return Text(*(given.get(language, fallback) for language in LANGUAGES))


def check_names(fields: Mapping[str, Place], declared: Collection[Language]) -> None:
    """Requires every name in each of the catalogue's languages: those declared, else those that any
    of its names is given in.

    This finds a forgotten translation, without requiring a language that nobody reads.
    """
    names = [place for place in _names(fields) if isinstance(place.value, dict)]
    used = {language for place in names for language in LANGUAGES if language in place.entries()}
    wanted = [language for language in LANGUAGES if language in (declared or used)]
    for place in names:
        for language in wanted if place.value else ():
            if language not in place.entries():
                place.at(language, None).fault("is required")


def _names(fields: Mapping[str, Place]) -> Iterable[Place]:
    for part in ("meters", "features", "plans", "add_ons"):
        for item in _items(fields.get(part)):
            if isinstance(item.value, dict) and "name" in item.value:
                yield item.at("name", item.value["name"])
    for item in _items(fields.get("features")):
        if isinstance(item.value, dict):
            yield from _titles(item.at("assets", item.value.get("assets")))
    for links in _items(fields.get("materials")):
        yield from _titles(links)
    brand = fields.get("brand")
    if brand is not None and isinstance(brand.value, dict) and "name" in brand.value:
        yield brand.at("name", brand.value["name"])


def _titles(place: Place) -> Iterable[Place]:
    """Titles and texts of assets or materials."""
    for item in _items(place):
        for key in ("title", "text"):
            if isinstance(item.value, dict) and key in item.value:
                yield item.at(key, item.value[key])


def _items(place: Place | None) -> Iterable[Place]:
    """The members of a mapping or a list; the reader reports anything else as a fault."""
    if place is None:
        return []
    if isinstance(place.value, dict):
        return place.entries().values()
    return place.items() if isinstance(place.value, list) else []
