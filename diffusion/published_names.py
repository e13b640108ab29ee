"""Names of the released tensors, and ours for them (RAG-Gesture, CVPR 2025)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from diffusion.vae import PartVAE
from diffusion.weights import WeightsError, check_tensors


class PublishedWeightsError(WeightsError):
    """A released folder or checkpoint is not what it should be."""


@dataclass(frozen=True)
class Renaming:
    """Pieces of released names and our pieces for them; each name leads back to the other.

    Names are compared with a dot in front, so that a piece starts where a word of the name does.
    """

    pairs: tuple[tuple[str, str], ...]
    """Released piece, our piece."""

    def ours(self, published: str) -> str:
        """Our name of a released tensor."""
        name = "." + published
        for theirs, our in self.pairs:
            name = name.replace(theirs, our)
        return name[1:]

    def published(self, ours: str) -> str:
        """Released name of one of our tensors."""
        name = "." + ours
        for theirs, our in reversed(self.pairs):
            name = name.replace(our, theirs)
        return name[1:]


VAE_NAMES = Renaming(
    (
        (".skel_embedding.", ".embed."),
        (".final_layer.", ".head."),
        (".global_motion_token", ".distribution_tokens"),
        (".query_pos_encoder.pe", ".encoder_positions"),
        (".query_pos_decoder.pe", ".decoder_positions"),
        (".mem_pos_decoder.pe", ".memory_positions"),
        (".encoder.", ".encoder_stack."),
        (".decoder.", ".decoder_stack."),
        (".input_blocks.", ".entering."),
        (".middle_block.", ".middle."),
        (".output_blocks.", ".leaving."),
        (".linear_blocks.", ".joins."),
        (".self_attn.", ".self_attention."),
        (".multihead_attn.", ".cross_attention."),
        (".in_proj_", ".projection."),
        (".out_proj.", ".out."),
        (".linear1.", ".feed_forward.widen."),
        (".linear2.", ".feed_forward.narrow."),
        (".norm1.", ".norms.0."),
        (".norm2.", ".norms.1."),
        (".norm3.", ".norms.2."),
    )
)
_TABLES = ("encoder_positions", "decoder_positions", "memory_positions")
_MEMORY_TABLE = "mem_pos_decoder.pe"
"""Released with every VAE, but read by the ``encoder_decoder`` form alone."""


_VAE_ENTRIES = {
    "nfeats": "width",
    "latent_dim": "latent_dim",
    "num_layers": "layers",
    "num_heads": "heads",
    "ff_size": "ff_size",
    "dropout": "dropout",
    "transformer_activation": "activation",
    "transformer_normalize_before": "norm_first",
    "position_embedding": "position",
    "decoder_arch": "decoder",
    "num_frames": "window_frames",
    "frame_chunk_size": "chunk_frames",
    "vae_dist": "posterior",
}
"""Entries of a released YAML file, and the arguments of ``PartVAE`` that they are."""


def vae_of(entries: Mapping[str, Any], published: Mapping[str, Tensor]) -> PartVAE:
    """The part VAE that a released YAML file's ``entries`` describe, with its tensors."""
    if absent := sorted(_VAE_ENTRIES.keys() - entries.keys()):
        raise PublishedWeightsError(f"the YAML file lacks the entries {', '.join(absent)}")
    try:
        vae: PartVAE = PartVAE(**{ours: entries[name] for name, ours in _VAE_ENTRIES.items()})
    except (ValueError, TypeError, RuntimeError) as error:
        raise PublishedWeightsError(f"the YAML file does not describe a VAE: {error}") from error
    vae.load_state_dict(vae_state(published, vae))
    vae.eval()
    return vae


def vae_state(published: Mapping[str, Tensor], vae: PartVAE) -> dict[str, Tensor]:
    """The released tensors of a part VAE, under our names and cut to the shapes of ``vae``.

    Released position tables ``[1024, 1, width]`` are longer than a window; rows that no frame ever
    reads are left out. Load the result strictly.
    """
    expected = vae.state_dict()
    tensors = without_prefix(published, "module.")
    if "memory_positions" not in expected:
        tensors.pop(_MEMORY_TABLE, None)
    check_names(tensors, expected, VAE_NAMES)
    state = {name: tensors[VAE_NAMES.published(name)] for name in expected}
    for name in expected.keys() & set(_TABLES):
        state[name] = state[name].flatten(0, -2)[: len(expected[name])]
    check_tensors(state, expected, "the released VAE")
    return state


def without_prefix(published: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The same tensors, ``prefix`` taken off the names that have it."""
    return {name.removeprefix(prefix): tensor for name, tensor in published.items()}


def check_names(
    published: Mapping[str, Tensor], expected: Mapping[str, Tensor], renaming: Renaming
) -> None:
    """Raise an error that gives missing and unexpected tensors their released names."""
    wanted = {renaming.published(name) for name in expected}
    missing, unexpected = sorted(wanted - published.keys()), sorted(published.keys() - wanted)
    complaints = [
        f"{what} tensors: {', '.join(names)}"
        for what, names in (("missing", missing), ("unexpected", unexpected))
        if names
    ]
    if complaints:
        raise PublishedWeightsError("; ".join(complaints))
