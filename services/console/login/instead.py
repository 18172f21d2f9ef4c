"""An answer in place of the page that was asked for."""

from fastapi.responses import Response


class Instead(Exception):
    """Answer this request with `response`: a redirect to log-in, a refusal."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__("answered otherwise")
