"""Corpus folder -> rows, index version, trajectories; every stage resumes where it was left."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from annotations.beat2 import Split
from annotations.corpus import READ_ERRORS, Corpus, Problem, Recording
from annotations.database import Database
from annotations.encoding import canonical
from annotations.records import LIVE, Event, IndexDraft, IndexVersion, Progress, StoredRecording
from annotations.repository import Repository
from annotations.types import AnnotatedSpeech, Clip, Exemplar
from diffusion.inversion import Trajectory
from indexing.segment import SegmentOptions, segment
from indexing.snapshot import TRAJECTORIES, exemplars_of, opened_files
from indexing.stored import (
    StoredClips,
    content_digest,
    corpus_name,
    fingerprint,
    stored_recording,
)
from indexing.trajectories import TrajectoryStore, discard_trajectories
from retrieval.embedding import Embedder
from retrieval.vectors import exemplar_vectors
from speech.transcript import Speech
