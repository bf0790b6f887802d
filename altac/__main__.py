"""`python -m altac`."""

from altac.cli.main import main

main()
