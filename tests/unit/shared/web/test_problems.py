"""Problem details are the same under every Python version."""

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from shared.web.problems import model_faults, problem_response


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "Bad Request"),
        (404, "Not Found"),
        (413, "Content Too Large"),
        (422, "Unprocessable Content"),
        (429, "Too Many Requests"),
        (503, "Service Unavailable"),
    ],
)
def test_a_title_is_the_status_of_rfc_9110(status: int, title: str) -> None:
    answer = problem_response(status, "why")
    assert json.loads(bytes(answer.body)) == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": "why",
        "errors": [],
    }


class _Dog(BaseModel):
    type: Literal["dog"]


class _Cat(BaseModel):
    type: Literal["cat"]


class _Animal(RootModel[Annotated[_Dog | _Cat, Field(discriminator="type")]]):
    pass


@pytest.mark.parametrize(
    ("body", "reason"), [({"type": "cow"}, "must be one of dog, cat"), ({}, "is missing")]
)
def test_the_field_that_says_which_model_it_is_is_named(body: Any, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _Animal.model_validate(body)
    (fault,) = model_faults(caught.value, body)
    assert (fault.path, fault.reason) == ("/type", reason)


class _Step(BaseModel):
    type: Literal["step"]
    step: Annotated[int, Field(ge=1, le=8)]
    status: Literal["done", "open"]
    on: list[int] = []


class _Entry(RootModel[Annotated[_Step | _Cat, Field(discriminator="type")]]):
    pass


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"step": 1}, "/status"),
        ({"step": 9, "status": "done"}, "/step"),
        ({"step": "x", "status": "done"}, "/step"),
        ({"step": [], "status": "done"}, "/step"),
        ({"status": "done"}, "/step"),
        ({"step": 1, "status": "gone"}, "/status"),
        ({"step": 1, "status": "done", "on": ["x"]}, "/on/0"),
    ],
)
def test_a_field_may_be_named_like_its_model(body: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _Entry.model_validate({"type": "step", **body})
    (fault,) = model_faults(caught.value, {"type": "step", **body})
    assert fault.path == path


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    role: Literal["owner", "member"] = "owner"
    count: Annotated[int, Field(ge=1, le=9)] = 1
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    names: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    text: Annotated[str, Field(min_length=2, max_length=3)] = "ab"
    on: bool = True
    inner: dict[str, str] = {}


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        ({"role": "Owner"}, "/role", "must be one of owner, member"),
        ({"role": None}, "/role", "must be one of owner, member"),
        ({"count": "1"}, "/count", "must be a whole number"),
        ({"count": 1.5}, "/count", "must be a whole number"),
        ({"count": 0}, "/count", "must be at least 1"),
        ({"count": 10}, "/count", "must be at most 9"),
        ({"share": "x"}, "/share", "must be a number"),
        ({"share": 0}, "/share", "must be more than 0.0"),
        ({"share": 1}, "/share", "must be less than 1.0"),
        ({"names": "a"}, "/names", "must be a list"),
        ({"names": []}, "/names", "must have 1 or more entries"),
        ({"names": ["a", "b", "c"]}, "/names", "must have at most 2 entries"),
        ({"names": [1]}, "/names/0", "must be text"),
        ({"text": "a"}, "/text", "must have 2 or more characters"),
        ({"text": "abcd"}, "/text", "must have at most 3 characters"),
        ({"on": "yes"}, "/on", "must be true or false"),
        ({"inner": 1}, "/inner", "must be an object"),
        ({"other": 1}, "/other", "is not known here"),
    ],
)
def test_what_is_wrong_is_said_in_our_words(body: dict[str, Any], path: str, reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _Body.model_validate(body)
    (fault,) = model_faults(refused.value, body)
    assert (fault.path, fault.reason) == (path, reason)
