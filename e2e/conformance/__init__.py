"""Conformance suites of others, driven against the running product. They lie outside of the repository (docs/conformance.md)."""
