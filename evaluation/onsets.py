"""Onsets of a sound, by the published detector. The only file using librosa."""

from contextlib import suppress
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from speech.transcript import SAMPLE_RATE

HOP_SAMPLES = 512
_FRAME_SAMPLES = 2048
"""Of the detector; a shorter sound has no spectrum to speak of."""


class OnsetDetectorMissingError(ValueError):
    """The published onset detector is not installed."""


def onset_times(samples: Float32[np.ndarray, "sample"]) -> Float[np.ndarray, "onset"]:
    """Onsets in seconds of 16 kHz mono sound, by librosa's detector with its defaults."""
    detector = _librosa()
    if len(samples) < _FRAME_SAMPLES:
        return np.zeros(0)
    times: np.ndarray = detector.onset.onset_detect(
        y=samples, sr=SAMPLE_RATE, hop_length=HOP_SAMPLES, units="time"
    )
    return times


def compile_detector() -> None:
    """Fill the detector's cache of machine code, where it is installed and its cache is empty.

    To be called before several processes use it: numba numbers the files of a cache by what it
    finds there, so that two processes filling one at once call each other's code and crash.
    """
    with suppress(OnsetDetectorMissingError):
        onset_times(np.zeros(SAMPLE_RATE, dtype=np.float32))


def _librosa() -> Any:
    try:
        import librosa
    except ImportError as error:
        raise OnsetDetectorMissingError(
            "beat consistency needs the onset detector of librosa, which is not installed; "
            "run: pip install 'chironomia[evaluation]'"
        ) from error
    return librosa
