"""Benchmarks are scripts in a folder of their own, not a package."""

import sys
from pathlib import Path

# last, so that no script there can hide a module of the same name
sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
