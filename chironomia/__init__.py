"""A client of the gesture service: speech in, motion files out. It loads no network.

from chironomia import Client

with Client() as client:
    job = client.generate("talk.wav", "out/talk")
"""

from chironomia.async_client import AsyncClient
from chironomia.batches import (
    Batch,
    BatchFailure,
    BatchUnsentError,
    BatchWaitTooLongError,
    ManifestError,
)
from chironomia.client import Client
from chironomia.errors import (
    AnswerError,
    ChironomiaError,
    ConflictError,
    DamagedDownloadError,
    EditedMeanwhileError,
    ExpiredError,
    ForbiddenError,
    InternalError,
    InvalidInputError,
    JobEndedError,
    NoResultError,
    NotFoundError,
    NotReadyError,
    OverloadedError,
    RangeError,
    RevisionMissingError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    UnexpectedAnswerError,
    UnreachableError,
    UnsendableError,
    UnsupportedMediaError,
    WaitTooLongError,
)
from chironomia.options import Options, OutputOptions, RetrievalOptions, SamplingOptions
from chironomia.records import (
    Dropped,
    GestureResult,
    Info,
    Job,
    JobPage,
    Limits,
    Match,
    Problem,
    Progress,
    Term,
)
from chironomia.retry import Retry
from chironomia.speech import Speech, Word

__all__ = [
    "AnswerError",
    "AsyncClient",
    "Batch",
    "BatchFailure",
    "BatchUnsentError",
    "BatchWaitTooLongError",
    "ChironomiaError",
    "Client",
    "ConflictError",
    "DamagedDownloadError",
    "Dropped",
    "EditedMeanwhileError",
    "ExpiredError",
    "ForbiddenError",
    "GestureResult",
    "Info",
    "InternalError",
    "InvalidInputError",
    "Job",
    "JobEndedError",
    "JobPage",
    "Limits",
    "ManifestError",
    "Match",
    "NotFoundError",
    "NoResultError",
    "NotReadyError",
    "Options",
    "OutputOptions",
    "OverloadedError",
    "RangeError",
    "Problem",
    "Progress",
    "RetrievalOptions",
    "Retry",
    "RevisionMissingError",
    "SamplingOptions",
    "Speech",
    "Term",
    "TooLargeError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnexpectedAnswerError",
    "UnreachableError",
    "UnsendableError",
    "UnsupportedMediaError",
    "WaitTooLongError",
    "Word",
]
