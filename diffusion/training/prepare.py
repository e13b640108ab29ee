"""Corpus to training features, once: motion at 15 fps and speech features of every window."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from annotations.corpus import READ_ERRORS, Corpus, Problem, Recording
from diffusion.codec import part_features
from diffusion.training.progress import Progress, silent
from motion.clip import Motion
from motion.parts import PARTS, Part
from motion.timeline import MODEL_FPS, WINDOW_FRAMES, WINDOW_SECONDS, FrameSpan
from speech.features import SpeechEncoder


@dataclass(frozen=True)
class PreparedRecording:
    """One recording as the networks see it, at 15 fps."""

    id: str
    speaker: int
    split: str
    features: dict[Part, Float[Tensor, "frame width"]]
    """Part features of the whole recording; translation counts from its first frame."""
    starts: tuple[int, ...]
    """First frame of every window with speech features."""
    text: Float[Tensor, "window frame text_width"]
    audio: Float[Tensor, "window step audio_width"]

    @property
    def frames(self) -> int:
        """Length in model frames."""
        return len(self.features[Part.UPPER])


def prepare(
    corpus: Corpus,
    target: Path,
    encoder: SpeechEncoder,
    stride_frames: int = 30,
    progress: Progress = silent,
) -> tuple[Problem, ...]:
    """Write one file of features a recording with motion into ``target``; existing ones are kept.

    A recording that cannot be read is left out; ``Corpus.problems`` and this function's answer
    name every one.
    """
    target.mkdir(parents=True, exist_ok=True)
    recordings = [recording for recording in corpus.recordings if recording.has_motion]
    problems = list(corpus.problems)
    for done, recording in enumerate(recordings):
        path = target / f"{recording.id}.safetensors"
        try:
            if not path.exists():
                _write(prepare_recording(recording, encoder, stride_frames), encoder, path)
        except READ_ERRORS as error:
            problems.append(Problem(recording.id, recording.audio_path, str(error)))
        progress(done + 1, len(recordings), recording.id)
    return tuple(problems)


def prepare_recording(
    recording: Recording, encoder: SpeechEncoder, stride_frames: int
) -> PreparedRecording:
    """Features of one recording."""
    speech = recording.speech()
    motion = _at_least_one_window(recording.motion().resampled(MODEL_FPS))
    last = len(motion) - WINDOW_FRAMES
    starts = tuple(sorted({*range(0, last + 1, stride_frames), last}))
    seconds = [start / MODEL_FPS for start in starts]
    encoded = encoder.encode_many([speech.window(at, at + WINDOW_SECONDS) for at in seconds])
    return PreparedRecording(
        id=recording.id,
        speaker=recording.speaker,
        split=recording.split or "",
        features={part: part_features(motion, part) for part in PARTS},
        starts=starts,
        text=torch.stack([features.text for features in encoded]).half(),
        audio=torch.stack([features.audio for features in encoded]).half(),
    )


def _at_least_one_window(motion: Motion) -> Motion:
    """Hold the last frame of a recording shorter than a window."""
    missing = WINDOW_FRAMES - len(motion)
    if missing <= 0:
        return motion
    last = motion[FrameSpan(len(motion) - 1, len(motion))]
    return Motion(
        poses=torch.cat((motion.poses, last.poses.expand(missing, -1, -1))),
        translation=torch.cat((motion.translation, last.translation.expand(missing, -1))),
        expression=torch.cat((motion.expression, last.expression.expand(missing, -1))),
        fps=motion.fps,
        betas=motion.betas,
    )


def _write(prepared: PreparedRecording, encoder: SpeechEncoder, path: Path) -> None:
    tensors = {f"features/{part}": rows.contiguous() for part, rows in prepared.features.items()}
    tensors |= {
        "starts": torch.tensor(prepared.starts),
        "text": prepared.text,
        "audio": prepared.audio,
    }
    labels = {
        "id": prepared.id,
        "speaker": str(prepared.speaker),
        "split": prepared.split,
        "encoder": encoder.id,
    }
    aside = path.with_suffix(".part")
    save_file(tensors, aside, labels)
    aside.replace(path)


def read_prepared(
    folder: Path, splits: Iterable[str] | None = None, encoder_id: str | None = None
) -> tuple[PreparedRecording, ...]:
    """The prepared recordings of ``splits`` (``None``: all), in order of their ids."""
    wanted = None if splits is None else set(splits)
    found = tuple(_read(path, encoder_id) for path in sorted(folder.glob("*.safetensors")))
    chosen = tuple(recording for recording in found if wanted is None or recording.split in wanted)
    if not chosen:
        splits_found = sorted({recording.split for recording in found})
        raise ValueError(
            f"{folder} holds no prepared recordings of {wanted or 'any split'}; found splits "
            f"{splits_found}; run `chironomia train prepare` first"
        )
    return chosen


def _read(path: Path, encoder_id: str | None) -> PreparedRecording:
    with safe_open(path, "pt") as archive:
        labels = archive.metadata()
        if encoder_id is not None and labels["encoder"] != encoder_id:
            raise ValueError(
                f"{path} was prepared by encoder {labels['encoder']}, not {encoder_id}; "
                "prepare the corpus again"
            )
        return PreparedRecording(
            id=labels["id"],
            speaker=int(labels["speaker"]),
            split=labels["split"],
            features={part: archive.get_tensor(f"features/{part}") for part in PARTS},
            starts=tuple(archive.get_tensor("starts").tolist()),
            text=archive.get_tensor("text"),
            audio=archive.get_tensor("audio"),
        )
