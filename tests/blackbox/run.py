#!/usr/bin/env python3
"""Runs the black-box tests: the real binary over HTTP and the command line.

    tests/blackbox/run.py [-k PATTERN]… [--long] [-v] [MODULE …]

PERENNIAL_BIN names the binary (build/perennial). MODULE is test_races, test_crash …; all without.
"""
import argparse
import os
import signal
import sys
import time
import unittest


class Result(unittest.TextTestResult):
    """Counts successes, and says how long each test took."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.passed = 0
        self.began = 0

    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def getDescription(self, test):
        return test.id()

    def addSuccess(self, test):
        self.passed += 1
        self.stream.write(f"{time.monotonic() - self.began:.1f} s ")
        super().addSuccess(test)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("-k", action="append", default=[], metavar="PATTERN",
                        help="only tests whose name contains this")
    parser.add_argument("--long", action="store_true", help="many crash cycles")
    parser.add_argument("-f", "--failfast", action="store_true")
    parser.add_argument("modules", nargs="*")
    arguments = parser.parse_args()
    if arguments.long:
        os.environ["PERENNIAL_LONG"] = "1"
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    import harness
    if not os.access(harness.BINARY, os.X_OK):
        print(f"There is no binary {harness.BINARY}: build it, or name it in PERENNIAL_BIN")
        return 1

    # Whoever ends us ends what we have started too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in arguments.k] or None
    if arguments.modules:
        suite = loader.loadTestsFromNames(
            [os.path.basename(name).removesuffix(".py") for name in arguments.modules])
    else:
        suite = loader.discover(here, pattern="test_*.py", top_level_dir=here)
    began = time.monotonic()
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result,
                                     failfast=arguments.failfast).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"({time.monotonic() - began:.0f} s)")
    import described
    failed += described.report()
    print(f"blackbox: {result.passed} passed, {failed} failed, {len(result.skipped)} skipped")
    return 1 if failed or result.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
