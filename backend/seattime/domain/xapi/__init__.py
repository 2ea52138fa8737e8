"""xAPI 1.0.3 and 2.0 (IEEE 9274.1.1) as rules without I/O: what a statement may be, when two are the same, how it is found and shown.

Sections in comments are those of the xAPI 1.0.3 specification ("Data 2.4.2"); where 2.0 differs, it is said.
"""
