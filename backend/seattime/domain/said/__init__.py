"""What statements of launched content say of its session's clock and of what came of it: read, placed, summed up.

Pure. `reading` makes facts of one statement, `placing` gives them to sessions as words of their clock, `outcomes` makes of them
what a session's status says.
"""
