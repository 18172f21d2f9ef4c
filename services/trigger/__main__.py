"""`python -m services.trigger`: runs the trigger alone."""

import gc

if __name__ == "__main__":
    # What is imported stays: looking for garbage in it takes a sixth of a start.
    gc.set_threshold(100_000, 20, 20)

    from services.trigger.service import build
    from shared.runtime.service import main

    main(build)
