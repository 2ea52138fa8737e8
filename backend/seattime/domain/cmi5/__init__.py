"""cmi5 as an LMS has to keep it: what an AU may say, what the LMS says itself, what is satisfied.

Guarantee: pure. Imports `domain.xapi` and `domain.packages.model` of ours.
"""
