"""Encodes pictures and sound as MP4 through the ffmpeg binary of imageio-ffmpeg."""

import subprocess
import tempfile
import wave
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motion.figure.shapes import Array
from motion.render import Canvas


class FilmError(RuntimeError):
    """The video could not be encoded."""


@dataclass(frozen=True)
class Film:
    """Size, rate and length of a video."""

    width: int
    height: int
    fps: float
    frames: int


def encode(
    film: Film, path: Path, sound: tuple[Array, int] | None
) -> Generator[None, Canvas, None]:
    """A writer: prime it with ``next``, ``send`` each picture, then ``close`` it.

    ``sound`` is mono samples in -1..1 with their rate; the video lasts as long as its pictures.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "ffmpeg.txt"
        track = None if sound is None else _write_track(Path(folder) / "sound.wav", *sound)
        with log.open("wb") as messages:
            running = subprocess.Popen(
                _command(film, path, track), stdin=subprocess.PIPE, stderr=messages
            )
            assert running.stdin is not None
            broken = False
            try:
                while True:
                    running.stdin.write(np.ascontiguousarray((yield)).data)
            except GeneratorExit:
                pass
            except BrokenPipeError:
                broken = True
            finally:
                _finish(running)
        if broken or running.returncode:
            raise FilmError(f"ffmpeg could not write {path}: {log.read_text()[-800:].strip()}")


def _finish(running: "subprocess.Popen[bytes]") -> None:
    assert running.stdin is not None
    with suppress(BrokenPipeError):
        running.stdin.close()
    running.wait()


def _command(film: Film, path: Path, track: Path | None) -> list[str]:
    from imageio_ffmpeg import get_ffmpeg_exe

    picture = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{film.width}x{film.height}"]
    rate = ["-r", f"{film.fps:g}", "-i", "-"]
    sound = [] if track is None else ["-i", str(track)]
    video = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p"]
    even = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"]
    audio = [] if track is None else ["-af", "apad", "-c:a", "aac", "-b:a", "128k", "-ac", "1"]
    length = ["-map", "0:v", *([] if track is None else ["-map", "1:a"])]
    quiet = [get_ffmpeg_exe(), "-y", "-hide_banner", "-loglevel", "error"]
    tail = ["-t", f"{film.frames / film.fps:.6f}", "-threads", "1", "-movflags", "+faststart"]
    into = ["-f", "mp4", str(path)]
    return [*quiet, *picture, *rate, *sound, *length, *even, *video, *audio, *tail, *into]


def _write_track(path: Path, samples: Array, rate_hz: int) -> Path:
    coded = (np.clip(np.nan_to_num(samples), -1.0, 1.0) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(coded.tobytes())
    return path
