"""One recording performed: sentences are spoken, and the body moves with the words."""

from dataclasses import dataclass

import numpy as np
import torch

from indexing.demo.arms import arm_rotations
from indexing.demo.events import Event, events_of
from indexing.demo.face import face
from indexing.demo.plan import Planner
from indexing.demo.script import Sentence
from indexing.demo.speakers import SPEAKERS, Speaker
from indexing.demo.stance import stand
from indexing.demo.torso import torso
from indexing.demo.voice import Utterance, speak
from motion.clip import Motion
from motion.parts import BETAS, JOINTS, LEFT_HAND, RIGHT_HAND, joint
from motion.timeline import CORPUS_FPS

_SOUND_AFTER_SECONDS = 0.3
"""Sound goes on a little longer than motion, as in BEAT2."""


@dataclass(frozen=True, eq=False)
class Performance:
    """What is known about a performed recording."""

    speaker: Speaker
    sentences: tuple[Sentence, ...]
    utterance: Utterance
    events: tuple[Event, ...]
    motion: Motion


def perform(
    sentences: tuple[Sentence, ...], speaker: Speaker, rng: np.random.Generator
) -> Performance:
    """Speak the sentences and gesture with them."""
    utterance = speak(sentences, speaker, rng)
    events = events_of(sentences, utterance, rng)
    motion = _move(utterance, events, speaker, rng)
    return Performance(speaker, sentences, utterance, events, motion)


def _move(
    utterance: Utterance, events: tuple[Event, ...], speaker: Speaker, rng: np.random.Generator
) -> Motion:
    """Compose the body of its parts."""
    frames = int((utterance.seconds - _SOUND_AFTER_SECONDS) * CORPUS_FPS)
    poses = np.zeros((frames, JOINTS, 3))
    trunk = torso(speaker, events, frames, rng)
    legs = stand(speaker, frames, trunk.pelvis_turn, rng)
    for name, rotation in {**trunk.joints, **legs.joints}.items():
        poses[:, joint(name)] = rotation
    keys = Planner(speaker, rng).arms(events, frames / CORPUS_FPS)
    for side, arm_keys in keys.items():
        fingers = LEFT_HAND if side == "left" else RIGHT_HAND
        arm = arm_rotations(arm_keys, side, trunk.lift, rng)
        poses[:, joint(f"{side}_collar")] = arm.collar
        poses[:, joint(f"{side}_shoulder")] = arm.shoulder
        poses[:, joint(f"{side}_elbow")] = arm.elbow
        poses[:, joint(f"{side}_wrist")] = arm.wrist
        poses[:, list(fingers)] = arm.hand
    poses[:, joint("jaw")], expression = face(utterance, frames, rng)
    return Motion(
        poses=torch.from_numpy(poses).float(),
        translation=torch.from_numpy(legs.translation).float(),
        expression=torch.from_numpy(expression).float(),
        fps=float(CORPUS_FPS),
        betas=_betas(speaker),
    )


def _betas(speaker: Speaker) -> torch.Tensor:
    """A body of the speaker's own: ten small shape coefficients."""
    place = SPEAKERS.index(speaker)
    rng = np.random.default_rng(place)
    betas = np.zeros(BETAS)
    betas[:10] = rng.normal(0.0, 0.4, 10)
    return torch.from_numpy(betas).float()
