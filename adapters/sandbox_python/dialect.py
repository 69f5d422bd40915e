"""Which Python it is, for the model to read. Every sentence is held by a test that runs it."""

from typing import Final

MODULES: Final = (
    *("asyncio", "base64", "bisect", "collections", "copy", "csv", "dataclasses", "datetime"),
    *("decimal", "functools", "hashlib", "itertools", "json", "math", "random", "re", "time"),
    *("typing", "unicodedata"),
)
# What models reach for and do not find, as a program that fails because of it.
MISSING: Final = {
    "import statistics": "import statistics",
    "import numpy or pandas": "import numpy",
    "class inheritance": "class A:\n    pass\nclass B(A):\n    pass",
    "yield": "def f():\n    yield 1\nf()",
    "del": "x = 1\ndel x",
    "@property, @classmethod, @staticmethod": "class A:\n    @property\n    def p(self): return 1",
    "super()": "super()",
    "input()": "input()",
    "files": "open('x.csv')",
    "the network": "import socket",
    "environment variables": "import os\nos.environ['HOME']",
}
DIALECT: Final = (
    "Python 3 without: "
    + ", ".join(MISSING)
    + ". There are f-strings, comprehensions, lambda, try, with, match, async, plain classes and"
    " @dataclass. Modules, and no others: "
    + ", ".join(MODULES)
    + ". Nothing is kept between two programs."
)
