"""`python -m openapi`: write the document; with `release`, keep it as that of this version for good."""

import sys

from lastseen import __version__
from openapi.document import KEPT, RELEASED, ROOT, document, written


def main(arguments: list[str]) -> None:
    """Write it."""
    target = RELEASED / f"openapi-{__version__}.json" if arguments == ["release"] else KEPT
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(written(document()), encoding="utf-8")
    print(f"wrote {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
