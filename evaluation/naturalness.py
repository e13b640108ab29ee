"""Whether motion could be a person's: everything that is measured on motion alone, in one record.

None of these numbers is good or bad by itself; each stands beside the value of real recordings.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluation.ground import FootSliding, RootDrift, foot_sliding, root_drift
from evaluation.joint_limits import LimitBreaches, limit_breaches
from evaluation.kinematics import WristKinematics, wrist_kinematics
from evaluation.penetration import Penetration, penetration
from evaluation.seams import SeamJerk, seam_jerk
from evaluation.spectra import Spectra, SpectralDistance, spectra_of
from motion.clip import Motion

LEAST_SECONDS = 10.0


@dataclass(frozen=True)
class Naturalness:
    """What one motion is like, on our own skeleton."""

    seconds: float
    wrists: WristKinematics
    spectra: Spectra
    limits: LimitBreaches
    sliding: FootSliding
    drift: RootDrift
    seams: SeamJerk
    penetration: Penetration
    reliable: bool
    why_not: str = ""

    @property
    def numbers(self) -> Mapping[str, float]:
        """One number a measure, for tables and for intervals over recordings."""
        return {
            "wrist speed median (m/s)": self.wrists.speed_median,
            "wrist speed 90 % (m/s)": self.wrists.speed_90,
            "wrist jerk median (m/s^3)": self.wrists.jerk_median,
            "wrist jerk 90 % (m/s^3)": self.wrists.jerk_90,
            "beyond joint limits (%)": 100.0 * self.limits.share,
            "foot sliding median (cm/s)": self.sliding.median,
            "foot sliding mean (cm/s)": self.sliding.mean,
            "root drift (cm/min)": self.drift.cm_per_minute,
            "seam jerk ratio": self.seams.ratio,
            "hands in trunk (% of frames)": 100.0 * self.penetration.share,
            "hands in trunk, deepest (cm)": self.penetration.deepest_cm,
        }


def spectral_numbers(distance: SpectralDistance) -> Mapping[str, float]:
    """The numbers that need the spectra of real recordings beside them."""
    return {
        "speed spectrum (dB)": distance.speed_db,
        "acceleration spectrum (dB)": distance.acceleration_db,
        "acceleration above 5 Hz (dB)": distance.high_db,
    }


def naturalness(motion: Motion) -> Naturalness:
    """Measure one motion by itself."""
    short = motion.seconds < LEAST_SECONDS
    why_not = f"{motion.seconds:.1f} s of motion, {LEAST_SECONDS:g} needed" if short else ""
    return Naturalness(
        seconds=motion.seconds,
        wrists=wrist_kinematics(motion),
        spectra=spectra_of([motion]),
        limits=limit_breaches(motion),
        sliding=foot_sliding(motion),
        drift=root_drift(motion),
        seams=seam_jerk([motion]),
        penetration=penetration(motion),
        reliable=not why_not,
        why_not=why_not,
    )
