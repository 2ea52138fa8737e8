"""Time policies: what is valid, and what is written and read back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattime.domain.policy import STANDARD, Basis, Policy
from seattime.errors import BadInput

policies = st.builds(
    Policy,
    name=st.text(min_size=1, max_size=100).filter(lambda name: name.strip() != ""),
    version=st.integers(min_value=1, max_value=1_000_000),
    basis=st.sampled_from(list(Basis)),
    idle_limit_ms=st.none() | st.integers(min_value=1_000, max_value=10**9),
    hidden_counts=st.booleans(),
    review_counts=st.booleans(),
    longest_session_ms=st.integers(min_value=1_000, max_value=10**9),
)


def test_the_standard_policy_is_the_one_of_the_design() -> None:
    assert STANDARD.to_json() == {
        "name": "Standard",
        "version": 1,
        "basis": "auto",
        "idle_limit_ms": 1_800_000,
        "hidden_counts": True,
        "review_counts": False,
        "longest_session_ms": 43_200_000,
    }


@given(policies)
def test_a_policy_is_read_back_as_it_was_written(policy: Policy) -> None:
    assert Policy.from_json(policy.to_json()) == policy


def test_what_is_absent_has_its_default() -> None:
    assert Policy.from_json({"name": "Standard", "version": 1}) == STANDARD


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"version": 1}, "name", "A policy needs a name."),
        ({"name": "Strict"}, "version", "A policy needs a version."),
        ({"name": " ", "version": 1}, "name", "A policy needs a name of 1 to 100 characters."),
        ({"name": 7, "version": 1}, "name", "A policy needs a name of 1 to 100 characters."),
        ({"name": "Strict", "version": 0}, "version", "The version is a whole number from 1 to 1000000000."),
        ({"name": "Strict", "version": True}, "version", "The version is a whole number from 1 to 1000000000."),
        (
            {"name": "Strict", "version": 1, "basis": "guessed"},
            "basis",
            "The basis of a policy is auto, reported or measured.",
        ),
        (
            {"name": "Strict", "version": 1, "idle_limit_ms": 999},
            "idle_limit_ms",
            "The idle limit in ms is a whole number from 1000 to 31622400000.",
        ),
        (
            {"name": "Strict", "version": 1, "hidden_counts": 1},
            "hidden_counts",
            "hidden_counts is either true or false.",
        ),
        (
            {"name": "Strict", "version": 1, "review_counts": None},
            "review_counts",
            "review_counts is either true or false.",
        ),
        (
            {"name": "Strict", "version": 1, "longest_session_ms": 1.5},
            "longest_session_ms",
            "The longest plausible session in ms is a whole number from 1000 to 31622400000.",
        ),
        ({"name": "Strict", "version": 1, "idle_limit": 5}, "idle_limit", "A policy has no rule called 'idle_limit'."),
    ],
)
def test_a_rule_out_of_bounds_is_refused_by_name(spec: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        Policy.from_json(spec)
    assert (caught.value.field, caught.value.message) == (field, message)


def test_only_normal_mode_counts_unless_the_policy_says_otherwise() -> None:
    generous = Policy("Generous", 1, review_counts=True)
    assert [STANDARD.counts_mode(mode) for mode in ("normal", "review", "browse")] == [True, False, False]
    assert [generous.counts_mode(mode) for mode in ("normal", "review", "browse")] == [True, True, True]
