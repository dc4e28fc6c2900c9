"""Nothing here waits for a time to pass: it waits for a sign."""
import time

READY_SECONDS = 60


def until(condition, seconds=READY_SECONDS, what="it"):
    """Polls until condition() is true, and returns its value; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)
