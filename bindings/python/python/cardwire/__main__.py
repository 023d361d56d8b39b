"""The command ``cardwire``, also as ``python -m cardwire``."""

import signal
import sys

from . import _native


def main() -> int:
    """Runs the command with the arguments of this process and returns its exit code."""
    # Python only notes a Ctrl-C, for the next line of Python. The command has its own answer to it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.flush()
    return _native.run_command(["cardwire", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
