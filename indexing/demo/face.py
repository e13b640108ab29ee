"""Jaw and expression: mouth shapes follow the sounds, brows the prominence, mood drifts.

The first twenty FLAME coefficients move, with deviations as in the recordings; the rest rest.
"""

import numpy as np
from jaxtyping import Float

from indexing.demo.kinematics import bumps, softened, wandering
from indexing.demo.voice import Utterance
from motion.parts import EXPRESSIONS
from motion.timeline import CORPUS_FPS

Array = np.ndarray

_ACTIVE = 20
_MOUTH = {
    "AA": (1.0, 0.2, 0.0),
    "AE": (0.9, 0.6, 0.0),
    "AH": (0.6, 0.2, 0.1),
    "AO": (0.8, -0.3, 0.5),
    "AW": (0.9, -0.1, 0.4),
    "AY": (0.9, 0.5, 0.0),
    "EH": (0.6, 0.6, 0.0),
    "ER": (0.4, 0.0, 0.4),
    "EY": (0.5, 0.8, 0.0),
    "IH": (0.35, 0.6, 0.0),
    "IY": (0.25, 1.0, 0.0),
    "OW": (0.6, -0.6, 0.9),
    "OY": (0.6, -0.5, 0.8),
    "UH": (0.35, -0.4, 0.7),
    "UW": (0.25, -0.7, 1.0),
    "W": (0.1, -0.7, 1.0),
    "M": (-0.3, 0.0, 0.1),
    "B": (-0.3, 0.0, 0.1),
    "P": (-0.3, 0.0, 0.1),
    "F": (-0.1, 0.3, -0.2),
    "V": (-0.1, 0.3, -0.2),
    "S": (0.05, 0.5, 0.0),
    "Z": (0.05, 0.5, 0.0),
    "SH": (0.1, -0.2, 0.6),
    "CH": (0.1, -0.2, 0.6),
    "JH": (0.1, -0.2, 0.6),
    "R": (0.2, 0.0, 0.4),
}
"""Opening, width and rounding of the mouth for a sound; others are slightly open."""
_OTHER_SOUND = (0.15, 0.15, 0.0)
_DEVIATION = np.concatenate(
    (
        (0.25, 0.17, 0.15, 0.36, 0.18, 0.29, 0.17, 0.34, 0.21, 0.30),
        (0.23, 0.5, 0.34, 0.40, 0.24, 0.38, 0.38, 0.22, 0.30, 0.42),
    )
)
_SEED_OF_FACES = 20
"""The mixing from mouth and mood to coefficients is one fixed draw."""


def face(
    utterance: Utterance, frames: int, rng: np.random.Generator
) -> tuple[Float[np.ndarray, "frame 3"], Float[np.ndarray, "frame 100"]]:
    """Axis-angle of the jaw, and expression coefficients."""
    seconds = np.arange(frames) / CORPUS_FPS
    mouth = _mouth(utterance, seconds)
    jaw = np.zeros((frames, 3))
    jaw[:, 0] = 0.011 + 0.046 * np.maximum(mouth[:, 0] + 0.1, 0.0)
    jaw[:, 1:] = np.array((0.0015, 0.0013)) * wandering(rng, (frames, 2), CORPUS_FPS, 0.1, 1.0)
    fixed = np.random.default_rng(_SEED_OF_FACES)
    mixing = fixed.normal(0.0, 1.0, (7, _ACTIVE))
    mixing /= np.linalg.norm(mixing * np.array([[1.0]] * 3 + [[0.8]] * 4), axis=0)
    mood = wandering(rng, (frames, 3), CORPUS_FPS, 0.05, 0.5)
    brows = _brows(utterance, seconds)[:, None]
    drivers = np.concatenate((_standard(mouth), 0.8 * mood, 0.8 * brows), axis=1)
    expression = np.zeros((frames, EXPRESSIONS))
    middle = fixed.normal(0.0, 0.35, _ACTIVE)
    expression[:, :_ACTIVE] = middle + _DEVIATION * (drivers @ mixing)
    return jaw, expression


def _mouth(utterance: Utterance, seconds: Array) -> Float[np.ndarray, "frame 3"]:
    """Opening, width and rounding per frame, blended between neighbouring sounds."""
    fine_hz = 120.0
    fine = np.zeros((int(utterance.seconds * fine_hz) + 40, 3))
    for word in utterance.words:
        loud = 0.8 + 0.15 * min(word.strength, 3.0)
        for phone in word.phones:
            first, last = (round(t * fine_hz) for t in (phone.interval.start, phone.interval.end))
            fine[first : last + 1] = loud * np.array(
                _MOUTH.get(phone.text.rstrip("012"), _OTHER_SOUND)
            )
    smooth = softened(fine, 0.045 * fine_hz)
    place = np.minimum(np.round(seconds * fine_hz).astype(int), len(smooth) - 1)
    mouth: Array = smooth[place]
    return mouth


def _standard(mouth: Array) -> Float[np.ndarray, "frame 3"]:
    """Mouth controls with the deviations of running speech taken out."""
    unit_mouth: Array = (mouth - np.array([0.30, 0.15, 0.15])) / np.array([0.28, 0.26, 0.24])
    return unit_mouth


def _brows(utterance: Utterance, seconds: Array) -> Float[np.ndarray, "frame"]:
    """Brows rise with strong words."""
    strong = [word for word in utterance.words if word.strength > 1.5]
    times = [word.stress_seconds for word in strong]
    raised = bumps(seconds, times, [0.16] * len(strong), [word.strength - 0.8 for word in strong])
    standard: Array = (raised - 0.35) / 0.7
    return standard
