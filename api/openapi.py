"""Print the OpenAPI file: `python -m api.openapi`. What typed clients are generated from."""

import json
import sys

from api.edge import build


def main() -> None:
    """Of the edge as it is in this checkout; nothing has to run."""
    json.dump(build().openapi(), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
