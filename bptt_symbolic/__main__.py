"""`python -m bptt_symbolic` -> the command line."""

import sys

from bptt_symbolic.cli import main

if __name__ == "__main__":
    sys.exit(main())
