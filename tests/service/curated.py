"""A small curated store: two recordings, three windows, seven exemplars; and who edits it."""

from pathlib import Path

from annotations.database import Database
from annotations.records import CutExemplar, CutWindow, StoredRecording
from annotations.repository import Repository
from annotations.types import DiscourseRelation, GestureLabel, GestureType, Prominence, Window
from service.keys import KeyDesk, Scope
from service.settings import Settings
from speech.transcript import Interval

SCOTT, WAYNE = "2_scott_0_1_1", "1_wayne_0_2_2"
SAID = "the huge river rose because it rained all night"


def relation(word: str, sense: str, start: float) -> CutExemplar:
    focus = Interval(start, start + 0.4)
    whole = Interval(max(0.0, start - 1.0), start + 1.5)
    annotation = DiscourseRelation(word, sense, whole, focus, arg1="it rose", arg2="it rained")
    return CutExemplar(annotation, prominence=1.2, stroke_seconds=start + 0.1)


def gesture(word: str, kind: GestureType, start: float) -> CutExemplar:
    annotation = GestureLabel(kind, word, Interval(start, start + 0.5), probability=0.8)
    return CutExemplar(annotation, prominence=0.5, stroke_seconds=start, quality=("noisy_motion",))


def window(recording: str, speaker: int, start: float, *exemplars: CutExemplar) -> CutWindow:
    annotations = [each.annotation for each in exemplars]
    tiers = Window(
        recording,
        speaker,
        start,
        SAID,
        tuple(each for each in annotations if isinstance(each, DiscourseRelation)),
        tuple(each for each in annotations if isinstance(each, GestureLabel)),
        (Prominence("huge", Interval(2.0, 2.5), 1.5),),
    )
    return CutWindow(tiers, exemplars)


def fill(database: Database) -> None:
    """The word because lies in both windows of one recording: one annotation, two exemplars."""
    reason = "Contingency.Cause.Reason"
    with database.session() as session:
        repository = Repository(session)
        for name, speaker, speaker_name, seconds in (
            (SCOTT, 1, "scott", 15.0),
            (WAYNE, 0, "wayne", 10.0),
        ):
            repository.put_recording(
                StoredRecording(
                    *(name, "/corpus", speaker, speaker_name, "train"),
                    seconds=seconds,
                    fingerprint="1",
                    indexed=True,
                )
            )
        repository.cut(
            SCOTT,
            "digest of the first",
            [
                window(
                    *(SCOTT, 1, 0.0),
                    relation("because", reason, 6.0),
                    gesture("huge", GestureType.ICONIC, 2.0),
                    gesture("rose", GestureType.BEAT, 8.0),
                ),
                window(
                    *(SCOTT, 1, 5.0),
                    relation("because", reason, 1.0),
                    gesture("all", GestureType.METAPHORIC, 7.0),
                ),
            ],
        )
        repository.cut(
            WAYNE,
            "digest of the second",
            [
                window(
                    *(WAYNE, 0, 0.0),
                    relation("but", "Comparison.Concession.Arg2-as-denier", 3.0),
                    gesture("there", GestureType.DEICTIC, 5.0),
                )
            ],
        )


def curated(home: Path, **given) -> Settings:
    """Settings of a filled store."""
    settings = Settings(home=home, weights="/nowhere", **given)
    with Database.open(settings.database) as database:
        fill(database)
    return settings


def key_of(settings: Settings, name: str, *scopes: Scope) -> dict[str, str]:
    """Headers of a new key."""
    with Database.open(settings.database) as database:
        key = KeyDesk(database).add(name, frozenset(scopes))
    return {"Authorization": f"Bearer {key}"}


def one(client, **wanted):
    """The only exemplar that a filter finds, and its ETag as an If-Match header."""
    found = client.get("/v1/exemplars", params=wanted).raise_for_status().json()["exemplars"]
    assert len(found) == 1, found
    answer = client.get(f"/v1/exemplars/{found[0]['id']}").raise_for_status()
    return answer.json(), {"If-Match": answer.headers["ETag"]}


def patch(client, exemplar, headers, *edits, **more):
    """Edits of one exemplar, made for the revision of the headers."""
    body = {"edits": list(edits)} | more
    return client.patch(f"/v1/exemplars/{exemplar['id']}", json=body, headers=headers)


def head(client) -> int:
    return client.get("/v1/versions").raise_for_status().json()["head"]


def listed(client, **wanted):
    """Exemplars of a filter, as the list answers."""
    return client.get("/v1/exemplars", params=wanted).raise_for_status().json()


def words(client, **wanted) -> list[str]:
    """Their words, in order."""
    return sorted(row["word"] for row in listed(client, **wanted)["exemplars"])
