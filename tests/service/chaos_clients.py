"""Callers of a service whose processes die under them, and what they were told."""

import hashlib
import io
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

from tests.service.world import send, spoken, words_json

Answer = dict[str, Any]
FINAL = frozenset({"succeeded", "failed", "canceled", "expired"})
ASKED = ((2.0, 1), (2.0, 2), (6.0, 3), (25.0, 4), (60.0, 5))
"""Seconds and seeds: each is asked for again and again."""
ARRAYS = ("poses", "trans", "expressions")
_PAUSE_SECONDS = 0.2


@dataclass(eq=False)
class Asked:
    """One request under its own key, and all that was told of it."""

    key: str
    kind: int
    """Which of those that `ASKED` lists."""
    ids: set[str] = field(default_factory=set)
    states: list[str] = field(default_factory=list)
    """What was seen, in order, each once in a row."""
    canceled: bool = False
    """Whether a cancel was answered with the job canceled."""
    sums: set[tuple[str, str]] = field(default_factory=set)
    """Names and sha256 of every result file that was seen or read."""
    events: list[int] = field(default_factory=list)
    """Ids in the order in which they came, over all connections."""
    followed: bool = False
    """Whether the last of them has come."""
    motion: dict[str, np.ndarray] = field(default_factory=dict)

    def saw(self, job: Answer) -> None:
        """Note an answer about the job."""
        self.ids.add(job["id"])
        if self.states[-1:] != [job["state"]]:
            self.states.append(job["state"])
        if job["state"] == "succeeded":
            self.sums |= set(job["result"]["files"].items())


@dataclass
class Journal:
    """What all callers were told; each caller has its own requests, edits are shared."""

    asked: list[Asked] = field(default_factory=list)
    edits: dict[str, int] = field(default_factory=dict)
    """Texts of comments, and the index versions that they were answered to make."""
    refused: int = 0
    broken: int = 0
    """Answers that never came."""
    wrong: list[str] = field(default_factory=list)


@dataclass
class Caller:
    """Does what callers do, at random, until told to stop."""

    address: str
    journal: Journal
    rng: random.Random
    stop: threading.Event

    def run(self) -> None:
        """One caller's life."""
        mine: list[Asked] = []
        with httpx.Client(base_url=self.address, timeout=20.0) as client:
            while not self.stop.is_set():
                self._one(client, mine)
                self.stop.wait(self.rng.uniform(0.0, 2.0 * _PAUSE_SECONDS))

    def _one(self, client: httpx.Client, mine: list[Asked]) -> None:
        doing = self.rng.choices((self._submit, self._cancel, self._look, self._edit), (5, 2, 6, 3))
        try:
            doing[0](client, mine)
        except httpx.TransportError:
            self.journal.broken += 1

    def _submit(self, client: httpx.Client, mine: list[Asked]) -> None:
        """A new request, or one of before under its key again."""
        if mine and self.rng.random() < 0.25:
            asked = self.rng.choice(mine)
        else:
            key = f"{self.rng.randrange(1 << 40)}"
            asked = Asked(key, self.rng.randrange(len(ASKED)))
            mine.append(asked)
            self.journal.asked.append(asked)
        seconds, seed = ASKED[asked.kind]
        answer = send(
            client,
            sound=spoken(seconds) if seed == 3 else None,
            words=words_json(seconds),
            options={"sampling": {"steps": 4, "seed": seed}},
            headers={"Idempotency-Key": asked.key},
        )
        if answer.status_code in (200, 202):
            asked.saw(answer.json())
        else:
            self._refused(answer)

    def _cancel(self, client: httpx.Client, mine: list[Asked]) -> None:
        known = [each for each in mine if each.ids]
        if not known:
            return
        asked = self.rng.choice(known[-3:])
        answer = client.post(f"/v1/jobs/{next(iter(asked.ids))}/cancel")
        if answer.status_code != 200:
            self._refused(answer)
            return
        asked.saw(answer.json())
        asked.canceled |= answer.json()["state"] == "canceled"

    def _look(self, client: httpx.Client, mine: list[Asked]) -> None:
        """List, poll, or read a result."""
        listed = client.get("/v1/jobs", params={"limit": 20})
        by_id = {each["id"]: each for each in listed.json().get("jobs", [])}
        for asked in mine:
            for job in asked.ids & by_id.keys():
                asked.saw(by_id[job])
        known = [each for each in mine if each.ids]
        if known:
            asked = self.rng.choice(known)
            asked.saw(
                client.get(f"/v1/jobs/{next(iter(asked.ids))}?wait=1").raise_for_status().json()
            )
            if asked.states[-1] == "succeeded":
                read_result(client, asked)

    def _edit(self, client: httpx.Client, _mine: list[Asked]) -> None:
        """A comment: it makes a version and changes no motion."""
        rows = client.get("/v1/exemplars", params={"limit": 5}).raise_for_status().json()
        each, text = self.rng.choice(rows["exemplars"]), f"{self.rng.randrange(1 << 40)}"
        answer = client.patch(
            f"/v1/exemplars/{each['id']}",
            json={"edits": [{"operation": "comment", "text": text}]},
            headers={"If-Match": "*"},
        )
        if answer.status_code == 200:
            self.journal.edits[text] = answer.json()["version"]
        else:
            self._refused(answer)

    def _refused(self, answer: httpx.Response) -> None:
        """A full queue or a server that leaves; anything else must not be."""
        if answer.status_code in (429, 503):
            self.journal.refused += 1
        else:
            self.journal.wrong.append(f"answered {answer.status_code}: {answer.text[:300]}")


def read_result(client: httpx.Client, asked: Asked) -> None:
    """Note what the result really is."""
    answer = client.get(f"/v1/jobs/{next(iter(asked.ids))}/result.npz").raise_for_status()
    asked.sums.add(("motion.npz", hashlib.sha256(answer.content).hexdigest()))
    with np.load(io.BytesIO(answer.content)) as file:
        asked.motion = {name: file[name] for name in ARRAYS}


@dataclass
class Follower:
    """Follows jobs by their events, and comes back with Last-Event-ID after every break."""

    address: str
    journal: Journal
    stop: threading.Event

    def run(self) -> None:
        """Follow one job after the other to its end."""
        with httpx.Client(base_url=self.address, timeout=20.0) as client:
            while not self.stop.is_set():
                known = (each for each in list(self.journal.asked) if each.ids)
                following = next((each for each in known if not each.followed), None)
                if following is None:
                    time.sleep(_PAUSE_SECONDS)
                else:
                    self._follow(client, following)

    def _follow(self, client: httpx.Client, asked: Asked) -> None:
        """Until its last event has come, however often the way there breaks."""
        while not (asked.followed or self.stop.is_set()):
            try:
                self._read(client, asked)
            except httpx.TransportError:
                self.journal.broken += 1
                time.sleep(_PAUSE_SECONDS)

    def _read(self, client: httpx.Client, asked: Asked) -> None:
        """One connection."""
        headers = {"Last-Event-ID": str(asked.events[-1])} if asked.events else {}
        place = f"/v1/jobs/{next(iter(asked.ids))}/events"
        with client.stream("GET", place, headers=headers) as answer:
            asked.followed = answer.status_code == 204
            if answer.status_code not in (200, 204, 503):
                self.journal.wrong.append(f"events were answered {answer.status_code}")
            for line in answer.iter_lines() if answer.status_code == 200 else ():
                if line.startswith("data:"):
                    event = json.loads(line[5:])
                    asked.events.append(event["seq"])
                    asked.followed = event["state"] in FINAL
                if asked.followed or self.stop.is_set():
                    return
