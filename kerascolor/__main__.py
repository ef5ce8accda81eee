"""`python -m kerascolor`, where the command is not on the path."""

import sys

from kerascolor.commands import main

sys.exit(main.main())
