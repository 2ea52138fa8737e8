"""`python -m seattime`: the console script by another name."""

from seattime.cli import main

main()
