"""``python -m hairdensity.cli``."""

from hairdensity.cli import main

main()
