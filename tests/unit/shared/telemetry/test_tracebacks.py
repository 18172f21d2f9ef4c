"""A shortened traceback keeps the exception and its innermost frames."""

import json

import pytest

from shared.telemetry.tracebacks import CHARACTERS, traceback_text


def _raised(what: BaseException, frames: int = 1) -> None:
    if frames > 1:
        _raised(what, frames - 1)
    raise what


def _caught(frames: int, what: BaseException) -> BaseException:
    try:
        _raised(what, frames)
    except BaseException as error:
        return error
    raise AssertionError


def _caused(outer: BaseException, inner: BaseException) -> BaseException:
    outer.__cause__ = _caught(40, inner)
    return _caught(40, outer)


def _chain(length: int) -> BaseException:
    error: BaseException = _caught(5, KeyError("the root"))
    for number in range(length):
        later = RuntimeError(f"link {number}")
        later.__context__ = error
        error = _caught(5, later)
    return error


def _several(*errors: Exception) -> BaseException:
    for error in errors:
        _caught(60, error)
    group: ExceptionGroup[Exception] = ExceptionGroup("several", errors)
    return _caught(1, group)


def _from_a_library() -> BaseException:
    try:
        json.loads("[" * 10 + "x")
    except ValueError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (_caught(1, ValueError("short")), ["ValueError: short", "in _raised"]),
        (
            _caught(900, ValueError("deep")),
            ["ValueError: deep", "in _raised", "in _caught", "frames …"],
        ),
        (_caught(50, ValueError("a" * 10**6)), ["ValueError: aaa", "characters …", "in _raised"]),
        (
            _caused(RuntimeError("outer"), KeyError("inner")),
            ["KeyError: '***'", "RuntimeError: outer"],
        ),
        (_chain(200), ["KeyError: '***'", "RuntimeError: link 199", "exceptions …"]),
        (
            _several(OSError("one"), TypeError("two")),
            ["OSError: one", "TypeError: two", "ExceptionGroup: several"],
        ),
        (_from_a_library(), ["JSONDecodeError", "in raw_decode"]),
        (RuntimeError("never raised"), ["RuntimeError: never raised"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_exception_and_where_it_was_raised_are_there(
    error: BaseException, kept: list[str]
) -> None:
    text = traceback_text(error)
    assert [word for word in kept if word not in text] == []
    assert len(text) <= CHARACTERS


def test_each_exception_of_a_chain_keeps_its_innermost_frame() -> None:
    text = traceback_text(_caused(RuntimeError("outer"), KeyError("inner")))
    for part in text.split("Traceback (most recent call last):")[1:]:
        assert part.strip().splitlines()[-2].strip() == "raise what"


@pytest.mark.parametrize(
    "secret", ["canary@example.com", "hunter2secret", "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"]
)
@pytest.mark.parametrize("before", [0, 100, 300, 10_000])
def test_no_secret_is_in_it_wherever_it_is_cut(secret: str, before: int) -> None:
    said = (
        f"{'x ' * before}postgresql://user:{secret}@db/x {secret if '.' in secret else ''} "
        f"{'y ' * 300}"
    )
    text = traceback_text(_caught(3, ValueError(said)))
    assert not any(secret[at : at + 8] in text for at in range(len(secret) - 8))
