"""`python -m services.console`: the console alone."""

from services.console.service import build
from shared.runtime.service import main

if __name__ == "__main__":
    main(build)
