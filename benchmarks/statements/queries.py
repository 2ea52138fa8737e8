"""How long GET statements takes, filter by filter, over HTTP: the first page, and the one that `more` leads to."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from urllib.parse import urlencode

from benchmarks.statements import world
from seattime.domain.xapi import texts

TIMES = 20
LIMIT = 100


def asked(statements: int) -> dict[str, dict[str, str]]:
    """What is asked for, by its name in the table."""
    middle = world.BEGAN_MS + statements // 2 * world.APART_MS
    person = json.dumps(world.agent(4321 % world.PEOPLE))
    nobody = json.dumps(world.agent(world.PEOPLE + 1))
    since, until = texts.write_time(middle), texts.write_time(middle + 3_600_000)
    return {
        "nothing": {},
        "since the middle, ascending": {"since": since, "ascending": "true"},
        "one hour in the middle": {"since": since, "until": until},
        "agent": {"agent": person},
        "an agent that is nowhere": {"agent": nobody},
        "verb (one of 8)": {"verb": world.verb(3)},
        "activity (one of 1 000)": {"activity": world.activity(8, 7)},
        "registration": {"registration": world.registration(statements // world.EACH // 2)},
        "agent and verb": {"agent": person, "verb": world.verb(3)},
        "activity and verb, since the middle": {"activity": world.activity(8, 3), "verb": world.verb(3), "since": since},
        "activity and a verb that never met": {"activity": world.activity(8, 3), "verb": world.verb(4)},
        "the authority, related_agents": {"agent": json.dumps(world.AUTHORITY), "related_agents": "true"},
        "format=canonical": {"format": "canonical"},
    }


class Asker:
    """One connection to the server, kept open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {
            "Host": f"localhost:{port}", "Authorization": world.AUTHORIZATION, "X-Experience-API-Version": "1.0.3"
        }  # fmt: skip

    def ask(self, path: str) -> tuple[float, int, str]:
        """Milliseconds, how many statements came, and where it goes on."""
        began = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took_ms = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} for {path}: {body[:300]!r}")
        page = json.loads(body)
        return took_ms, len(page["statements"]), page["more"]


def measure(port: int, statements: int) -> None:
    """Prints the table."""
    asker = Asker(port)
    print(f"| filter (limit={LIMIT}) | statements | p50 ms | slowest ms | by `more`, p50 ms |\n| --- | ---: | ---: | ---: | ---: |")
    for name, parameters in asked(statements).items():
        path = "/xapi/statements?" + urlencode({**parameters, "limit": str(LIMIT)})
        # once before: what is read for the first time comes from the disk
        _, count, more = asker.ask(path)
        first = [asker.ask(path)[0] for _ in range(TIMES)]
        later = f"{statistics.median(asker.ask(more)[0] for _ in range(TIMES)):.1f}" if more else ""
        print(f"| {name} | {count} | {statistics.median(first):.1f} | {max(first):.1f} | {later} |")
