"""Curves and joints: minimum-jerk tracks, band-limited noise, two-bone inverse kinematics.

A track is a control value over time given by keys. Between keys it follows the fifth-order
polynomial of least jerk (Flash and Hogan, 1985), with zero speed at keys that stop and a running
speed at keys that are passed through.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from motion.rotation import axis_angle_from_matrix, matrix_from_axis_angle

Array = np.ndarray


@dataclass(frozen=True)
class Key:
    """Value of a track at a time; ``flows`` keys are passed without stopping."""

    seconds: float
    value: Float[np.ndarray, "channel"]
    flows: bool = False


def minimum_jerk(keys: list[Key], seconds: Float[np.ndarray, "frame"]) -> Array:
    """Sample the track through ``keys`` (sorted by time) at the given times: [frame, channel]."""
    times = np.array([key.seconds for key in keys])
    values = np.stack([key.value for key in keys])
    if len(keys) == 1:
        return np.repeat(values, len(seconds), axis=0)
    speeds = np.zeros_like(values)
    inner = (values[2:] - values[:-2]) / (times[2:] - times[:-2])[:, None]
    flows = np.array([key.flows for key in keys[1:-1]], dtype=bool)
    speeds[1:-1][flows] = inner[flows]
    piece = np.clip(np.searchsorted(times, seconds, side="right") - 1, 0, len(keys) - 2)
    length = (times[piece + 1] - times[piece])[:, None]
    place = np.clip((seconds[:, None] - times[piece][:, None]) / length, 0.0, 1.0)
    start, stop = values[piece], values[piece + 1]
    leave, arrive = speeds[piece] * length, speeds[piece + 1] * length
    step = place**3 * (10.0 - 15.0 * place + 6.0 * place**2)
    depart = place - 6.0 * place**3 + 8.0 * place**4 - 3.0 * place**5
    land = -4.0 * place**3 + 7.0 * place**4 - 3.0 * place**5
    sampled: Array = start + (stop - start) * step + leave * depart + arrive * land
    return sampled


def wandering(
    rng: np.random.Generator, shape: tuple[int, int], fps: float, low_hz: float, high_hz: float
) -> Float[np.ndarray, "frame channel"]:
    """Smooth noise of unit deviation with its power between two frequencies."""
    frames, channels = shape
    padded = frames + round(4 * fps)
    spectrum = np.fft.rfft(rng.standard_normal((padded, channels)), axis=0)
    hz = np.fft.rfftfreq(padded, 1.0 / fps)
    gain = np.exp(-((hz / high_hz) ** 2)) * (1.0 - np.exp(-((hz / max(low_hz, 1e-6)) ** 2)))
    noise = np.fft.irfft(spectrum * gain[:, None], n=padded, axis=0)[:frames]
    deviation = np.sqrt((2.0 * gain**2).sum() / (2.0 * len(hz)))
    unit: Array = noise / deviation
    return unit


def bumps(
    seconds: Float[np.ndarray, "frame"],
    centres: list[float],
    widths: list[float],
    sizes: list[float],
) -> Float[np.ndarray, "frame"]:
    """Sum of Gaussian bumps: nods, lifts, brow raises."""
    total = np.zeros_like(seconds)
    for centre, width, size in zip(centres, widths, sizes, strict=True):
        total += size * np.exp(-0.5 * ((seconds - centre) / width) ** 2)
    return total


def softened(track: Float[np.ndarray, "frame channel"], frames: float) -> Array:
    """Gaussian smoothing with edges held."""
    radius = max(1, int(3 * frames))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / frames) ** 2)
    padded = np.pad(track, ((radius, radius), (0, 0)), mode="edge")
    smooth = [np.convolve(column, kernel / kernel.sum(), mode="valid") for column in padded.T]
    return np.stack(smooth, axis=1)


def unit(vector: Float[np.ndarray, "*batch 3"]) -> Array:
    """Vectors of length one."""
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    scaled: Array = vector / np.maximum(length, 1e-9)
    return scaled


def matrices(axis_angle: Float[np.ndarray, "*batch 3"]) -> Array:
    """Rotation matrices of rotation vectors."""
    found: Array = matrix_from_axis_angle(
        torch.from_numpy(np.ascontiguousarray(axis_angle))
    ).numpy()
    return found


def rotation_vectors(matrix: Float[np.ndarray, "*batch 3 3"]) -> Array:
    """Rotation vectors of matrices."""
    found: Array = axis_angle_from_matrix(torch.from_numpy(np.ascontiguousarray(matrix))).numpy()
    return found


def turned(matrix: Float[np.ndarray, "*batch 3 3"], vector: Float[np.ndarray, "*batch 3"]) -> Array:
    """Vectors after rotation."""
    rotated: Array = np.einsum("...ij,...j->...i", matrix, vector)
    return rotated


def transposed(matrix: Float[np.ndarray, "*batch 3 3"]) -> Array:
    """Inverse rotations."""
    return np.swapaxes(matrix, -1, -2)


def shortest_arc(
    source: Float[np.ndarray, "*batch 3"], target: Float[np.ndarray, "*batch 3"]
) -> Float[np.ndarray, "*batch 3 3"]:
    """The smallest rotations that carry unit vectors onto unit vectors."""
    source, target = np.broadcast_arrays(source, target)
    axis = np.cross(source, target)
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = np.arctan2(sine, (source * target).sum(-1, keepdims=True))
    return matrices(axis / np.maximum(sine, 1e-9) * angle)


def about(axis: Float[np.ndarray, "*batch 3"], angle: Float[np.ndarray, "*batch"]) -> Array:
    """Rotations about unit axes."""
    return matrices(np.broadcast_to(axis, (*angle.shape, 3)) * angle[..., None])


def middle_joint(
    root: Float[np.ndarray, "frame 3"],
    end: Float[np.ndarray, "frame 3"],
    lengths: tuple[float, float],
    pole: Float[np.ndarray, "frame 3"],
) -> Float[np.ndarray, "frame 3"]:
    """Elbow or knee of a two-bone limb: the point of its circle nearest to ``pole``."""
    upper, lower = lengths
    line = end - root
    distance = np.clip(
        np.linalg.norm(line, axis=-1, keepdims=True),
        abs(upper - lower) + 1e-3,
        (upper + lower) * 0.9995,
    )
    along = unit(line)
    inset = (upper**2 - lower**2 + distance**2) / (2.0 * distance)
    radius = np.sqrt(np.maximum(upper**2 - inset**2, 1e-8))
    outward = pole - root
    outward = outward - (outward * along).sum(-1, keepdims=True) * along
    joint_place: Array = root + along * inset + unit(outward) * radius
    return joint_place
