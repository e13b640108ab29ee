"""ARKit's 52 face curves, and the CSV that Live Link Face writes and Unreal's MetaHumans read.

FLAME's coefficients carry no names, so the curves are reached through the movements that
`motion.figure.expression` finds in them (mouth open, round, smile, brows, blink), the joints of jaw
and eyes, and one more linear row here: closed lips, by ridge regression of the phones b, m, p on
the first 20 coefficients of BEAT2's two sample recordings. 29 of the 52 curves move; the others
have nothing to move them and stay at zero. Left and right are alike but for the eyes and the jaw.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path
from typing import Self

import numpy as np
from jaxtyping import Float

from motion.clip import Motion
from motion.export.decimals import blocks
from motion.figure.shapes import MORPHS, Array, Morph
from motion.figure.strengths import Face
from motion.parts import joint
from motion.timeline import FrameSpan

_EYE = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
CURVES: tuple[str, ...] = (
    *(f"Eye{name}{side}" for side in ("Left", "Right") for name in _EYE),
    *("JawForward", "JawRight", "JawLeft", "JawOpen"),
    *("MouthClose", "MouthFunnel", "MouthPucker", "MouthRight", "MouthLeft"),
    *("MouthSmileLeft", "MouthSmileRight", "MouthFrownLeft", "MouthFrownRight"),
    *("MouthDimpleLeft", "MouthDimpleRight", "MouthStretchLeft", "MouthStretchRight"),
    *("MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper"),
    *("MouthPressLeft", "MouthPressRight", "MouthLowerDownLeft", "MouthLowerDownRight"),
    *("MouthUpperUpLeft", "MouthUpperUpRight", "BrowDownLeft", "BrowDownRight", "BrowInnerUp"),
    *("BrowOuterUpLeft", "BrowOuterUpRight", "CheekPuff", "CheekSquintLeft", "CheekSquintRight"),
    *("NoseSneerLeft", "NoseSneerRight", "TongueOut"),
)
"""Names in the order of Live Link Face."""
TURNS: tuple[str, ...] = tuple(
    f"{part}{axis}" for part in ("Head", "LeftEye", "RightEye") for axis in ("Yaw", "Pitch", "Roll")
)
"""The columns behind the curves, always zero: the body carries the head, curves the eyes."""

_CLOSED: dict[int, float] = {
    0: 0.07,
    1: -0.13,
    2: -0.13,
    3: -0.13,
    5: -0.27,
    6: -0.40,
    7: 0.27,
    8: 0.33,
    9: -0.40,
    11: 0.27,
    12: 0.33,
    13: -0.40,
    14: 0.20,
    15: 0.07,
    17: 0.20,
    18: 0.07,
    19: 0.07,
}
_CLOSED_AT_MEDIAN = -0.12
_JAW_RADIANS = 0.35
"""Turn of the jaw joint that stands for a mouth as wide open as ARKit's."""
_JAW_ASIDE_RADIANS = 0.15
_EYE_RADIANS = 0.5
"""Turn of an eye that stands for the whole of ARKit's look."""

Curve = Float[Array, " frame"]


def face_curves(motion: Motion) -> dict[str, Curve]:
    """Every ARKit curve, 0 to 1, in the order of `CURVES`."""
    return FaceCurves.of(motion).some(FrameSpan(0, len(motion)))


def lips_closed(motion: Motion) -> Curve:
    """How closed the lips are pressed, 0 to 1; zero for a face that never moves."""
    return FaceCurves.of(motion).lips_closed(motion)


@dataclass(frozen=True, eq=False)
class FaceCurves:
    """The curves of a motion, some frames at a time: medians are of all frames."""

    motion: Motion
    face: Face
    lips: Array | None
    """Medians of the coefficients that close the lips; none for a face that never moves."""

    @classmethod
    def of(cls, motion: Motion) -> Self:
        """What the curves of every stretch are counted from."""
        face = Face.of(motion.expression.numpy())
        if face.median is None:
            return cls(motion, face, None)
        columns = (motion.expression[:, number].double().numpy() for number in _CLOSED)
        return cls(motion, face, np.array([np.median(column) for column in columns]))

    def some(self, span: FrameSpan) -> dict[str, Curve]:
        """Every curve over some frames, 0 to 1, in the order of `CURVES`."""
        motion = self.motion[span]
        strengths = self.face.strengths(motion.expression.numpy()).astype(np.float64)
        morphs = {morph: strengths[:, number] for number, morph in enumerate(MORPHS)}
        mouth = _mouth(motion, morphs, self.lips_closed(motion))
        moving = {**mouth, **_brows(morphs), **_eyes(motion, morphs)}
        still = np.zeros(len(motion))
        return {name: np.clip(moving.get(name, still), 0.0, 1.0) for name in CURVES}

    def lips_closed(self, motion: Motion) -> Curve:
        """How closed the lips are pressed over some frames, 0 to 1."""
        if self.lips is None:
            return np.zeros(len(motion))
        moved = motion.expression[:, list(_CLOSED)].double().numpy() - self.lips
        strength = moved @ np.array(list(_CLOSED.values())) + _CLOSED_AT_MEDIAN
        clipped: Curve = np.clip(strength, 0.0, 1.0)
        return clipped


def write_arkit(motion: Motion, path: Path) -> None:
    """Write the curves with time codes that start at zero; the format has no place for more."""
    if len(motion) == 0:
        raise ValueError("a motion without frames cannot be written as ARKit CSV")
    if motion.fps != round(motion.fps):
        raise ValueError(f"time codes count whole frame rates, found {motion.fps}; resample first")
    curves, codes = FaceCurves.of(motion), _timecodes(len(motion), round(motion.fps))
    count = len(CURVES) + len(TURNS)
    zeros = ",".join(["0"] * len(TURNS))
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(",".join(("Timecode", "BlendShapeCount", *CURVES, *TURNS)) + "\n")
        for part in blocks(len(motion)):
            found = curves.some(FrameSpan(part.start, part.stop))
            for row in np.stack(list(found.values()), axis=1):
                values = ",".join(f"{value:.6f}" for value in row)
                file.write(f"{next(codes)},{count},{values},{zeros}\n")


def _timecodes(frames: int, fps: int) -> Iterator[str]:
    """Hours, minutes, seconds, frames and thousandths of a frame."""
    for seconds, frame in starmap(divmod, ((number, fps) for number in range(frames))):
        hours, minutes = seconds // 3600, seconds // 60 % 60
        yield f"{hours:02}:{minutes:02}:{seconds % 60:02}:{frame:02}.000"


def _sides(name: str, curve: Curve) -> dict[str, Curve]:
    return {f"{name}Left": curve, f"{name}Right": curve}


def _mouth(motion: Motion, morphs: Mapping[Morph, Curve], closed: Curve) -> dict[str, Curve]:
    """The jaw opens the mouth, the lips part, purse, spread and close over it."""
    opened, rounded = morphs[Morph.MOUTH_OPEN], morphs[Morph.MOUTH_ROUND]
    pitch, yaw = motion.poses[:, joint("jaw"), :2].double().numpy().T
    jaw = np.clip(pitch / _JAW_RADIANS + 0.6 * opened, 0.0, 1.0)
    parted = opened * (1.0 - closed)
    return {
        "JawOpen": jaw,
        "JawLeft": yaw / _JAW_ASIDE_RADIANS,
        "JawRight": -yaw / _JAW_ASIDE_RADIANS,
        "MouthClose": jaw * closed,
        "MouthFunnel": 0.4 * rounded,
        "MouthPucker": 0.7 * rounded,
        **_sides("MouthSmile", morphs[Morph.SMILE]),
        **_sides("MouthPress", 0.4 * closed),
        **_sides("MouthLowerDown", 0.4 * parted),
        **_sides("MouthUpperUp", 0.25 * parted),
    }


def _brows(morphs: Mapping[Morph, Curve]) -> dict[str, Curve]:
    up, down = morphs[Morph.BROWS_UP], morphs[Morph.BROWS_DOWN]
    return {"BrowInnerUp": up, **_sides("BrowOuterUp", up), **_sides("BrowDown", down)}


def _eyes(motion: Motion, morphs: Mapping[Morph, Curve]) -> dict[str, Curve]:
    """Blinks from the expression, looks from the eye joints; a left turn is positive about y."""
    curves = _sides("EyeBlink", morphs[Morph.BLINK])
    for side, outwards in (("Left", 1.0), ("Right", -1.0)):
        eye = motion.poses[:, joint(f"{side.lower()}_eye_smplhf"), :2].double().numpy()
        down, out = (eye / _EYE_RADIANS).T * np.array([[1.0], [outwards]])
        curves |= {
            f"EyeLookDown{side}": down,
            f"EyeLookUp{side}": -down,
            f"EyeLookOut{side}": out,
            f"EyeLookIn{side}": -out,
        }
    return curves
