from dataclasses import dataclass, replace

import pytest
import torch

from annotations.types import Exemplar, GestureLabel, GestureType, PlacedExemplar, Window
from evaluation.insertion import degrees_between, insertion_fidelity, mean_over
from motion.clip import Motion
from motion.parts import Part
from motion.timeline import ChunkSpan
from speech.transcript import Interval, Speech


def bent(frames: int, angle: float) -> Motion:
    motion = Motion.rest(frames, 30)
    motion.poses[:, 16:22, 2] = angle
    motion.poses[:, 25:55, 2] = angle / 2
    return motion


@dataclass(frozen=True)
class BentClip:
    angle: float
    key: str = "a@0.000"
    speaker: int = 1

    def motion(self) -> Motion:
        return bent(300, self.angle)

    def speech(self) -> Speech:
        raise AssertionError("the measure needs no speech")


def placed(angle: float, start: int = 2) -> PlacedExemplar:
    label = GestureLabel(GestureType.ICONIC, "throw", Interval(3.0, 3.5))
    exemplar = Exemplar(1, Window("a", 1, 0.0), label)
    return PlacedExemplar(exemplar, BentClip(angle), ChunkSpan(start, start + 2), ChunkSpan(4, 6))


def test_a_verbatim_insertion_has_no_distance_and_the_others_have_theirs():
    generated, without = bent(300, 0.0), bent(300, 0.1)
    poses = generated.poses.clone()
    poses[60:120] = bent(60, 0.5).poses
    generated = replace(generated, poses=poses)

    (fidelity,) = insertion_fidelity(generated, without, [placed(0.5)])
    upper, hands = fidelity.parts

    assert upper.inserted == pytest.approx(0.0, abs=1e-4)
    # six of the thirteen upper joints are bent
    assert upper.without == pytest.approx(torch.rad2deg(torch.tensor(0.4)).item() * 6 / 13)
    assert upper.unrelated == pytest.approx(torch.rad2deg(torch.tensor(0.5)).item() * 6 / 13)
    assert hands.without == pytest.approx(torch.rad2deg(torch.tensor(0.2)).item())


def test_an_exemplar_that_runs_over_the_end_is_left_out():
    assert insertion_fidelity(bent(300, 0.0), bent(300, 0.0), [placed(0.5, start=9)]) == ()


def test_means_are_taken_over_exemplars():
    spans = insertion_fidelity(bent(300, 0.0), bent(300, 0.0), [placed(0.2), placed(0.4, 6)])

    upper, _ = mean_over(spans)

    assert upper.inserted == pytest.approx(sum(s.parts[0].inserted for s in spans) / 2)
    with pytest.raises(ValueError, match="nothing was inserted"):
        mean_over([])


def test_distance_looks_at_the_part_alone():
    left, right = bent(10, 0.0), bent(10, 0.0)
    right.poses[:, 1] = 1.0

    assert degrees_between(left, right, Part.UPPER) == pytest.approx(0.0, abs=1e-4)
    assert degrees_between(left, right, Part.LOWER) > 5
