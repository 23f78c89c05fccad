"""The figures, each beside its peer in the same process: `python -m bench`, or one of its modules by itself.

No engine and no network: botocore's requests are made, signed and answered here, so that what is measured is our CPU
and the number of our calls, and a call costs as long as one says. Nothing is asserted; numbers are for reading.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

for place in (ROOT / "layers/core/python", ROOT):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

# What the template tells every function; powertools reads it when it is imported.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "bench")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Lastseen")
