"""Shared data (SCORM 2004 4th Ed., RTE 4.3; CAM adlcp:data): who may use a store, and whose word stands."""

from __future__ import annotations

from seattime.domain.shared_data import Store, Writer, stores_of, values


def element(name: str, *children: dict[str, object], **attributes: str) -> dict[str, object]:
    return {"name": name, "attributes": attributes, "text": "", "children": list(children)}


def writer(began_ms: int, request: str | None = None, *, terminated: bool = True, **stores: str) -> Writer:
    elements = {}
    for index, (target, value) in enumerate(stores.items()):
        elements |= {f"adl.data.{index}.id": target, f"adl.data.{index}.store": value}
    if request is not None:
        elements["adl.nav.request"] = request
    return Writer(session=f"s{began_ms}", began_ms=began_ms, elements=elements, terminated=terminated)


def test_an_activity_may_read_and_write_unless_the_map_says_otherwise() -> None:
    data = element(
        "data",
        element("map", targetID="a"),
        element("map", targetID="b", writeSharedData="false"),
        element("map", targetID="c", readSharedData="false", writeSharedData=" FALSE "),
        element("map"),
        element("note", targetID="d"),
    )

    assert stores_of(data) == (Store("a", True, True), Store("b", True, False), Store("c", False, False))
    assert stores_of(None) == ()


def test_the_newest_session_counts_in_whatever_order_they_are_read() -> None:
    sessions = [writer(3, a="third"), writer(1, a="first", b="kept"), writer(2, a="second")]

    assert values(sessions, one_attempt=False) == {"a": "third", "b": "kept"}


def test_a_store_without_its_name_is_nobodys() -> None:
    nameless = Writer(session="s", began_ms=1, elements={"adl.data.0.store": "x"}, terminated=True)

    assert values([nameless], one_attempt=False) == {}


def test_data_of_one_attempt_ends_with_it() -> None:
    left = [writer(1, a="1"), writer(2, "exitAll", b="2"), writer(3, c="3")]

    assert values(left, one_attempt=True) == {"c": "3"}
    assert values(left, one_attempt=False) == {"a": "1", "b": "2", "c": "3"}


def test_what_does_not_end_the_course_keeps_its_data() -> None:
    for request, terminated in (("suspendAll", True), ("continue", True), ("exitAll", False)):
        assert values([writer(1, request, terminated=terminated, a="1")], one_attempt=True) == {"a": "1"}
