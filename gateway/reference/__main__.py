"""`python -m gateway.reference`."""

import sys

from gateway.reference import main

sys.exit(main())
