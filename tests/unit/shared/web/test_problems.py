"""Problem details are the same under every Python version."""

import json

import pytest

from shared.web.problems import problem_response


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
    assert json.loads(bytes(answer.body)) == {"type": "about:blank", "title": title, "status": status, "detail": "why", "errors": []}
