"""Starts from before their version was kept are given their registration's, on both databases, and nothing of them is lost."""

from __future__ import annotations

from flask import Flask
from flask_migrate import downgrade, upgrade

from seattime.domain.packages.kinds import PackageKind
from seattime.services import xapi_launches
from seattime.storage.database import MIGRATIONS
from seattime.storage.lrs_models import ActivityStart
from seattime.storage.models import db
from tests import builders


def test_an_upgrade_tells_starts_their_version(app: Flask) -> None:
    registration = builders.registration(builders.course(kind=PackageKind.XAPI))
    item = builders.package().organization.items[0]
    start = xapi_launches.begin(registration, builders.launch(registration), item).key
    db.session.commit()
    version = registration.version_key
    db.session.remove()
    db.engine.dispose()

    downgrade(directory=str(MIGRATIONS), revision="0004")
    upgrade(directory=str(MIGRATIONS))

    assert db.session.get_one(ActivityStart, start).version_key == version
