"""`python -m kerascolor`, where the command is not on the path."""

import sys

from kerascolor import cli

sys.exit(cli.main())
