"""Real language and speech networks of a few kilobytes, made on the spot."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch

LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "we", "like", "##ing", *LETTERS)


def tokenizer_folder(folder: Path, vocabulary: Sequence[str], cased: bool) -> Path:
    """A word-piece tokenizer with this vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": not cased}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def bert_folder(folder: Path, width: int = 16, seed: int = 0) -> Path:
    """A random BERT with its tokenizer."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    pieces = (*VOCABULARY, *(f"##{letter}" for letter in LETTERS))
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=width,
        num_hidden_layers=5,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    return tokenizer_folder(folder, pieces, cased=True)


def wav2vec_folder(folder: Path, width: int = 24) -> Path:
    """A random wav2vec 2.0 with the strides of the released one."""
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

    torch.manual_seed(0)
    config = Wav2Vec2Config(
        hidden_size=width,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )
    Wav2Vec2Model(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return folder


def whisper_folder(folder: Path) -> Path:
    """A random Whisper over bytes, multilingual with English only."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import (
        GenerationConfig,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperProcessor,
        WhisperTokenizer,
    )

    letters = {letter: i for i, letter in enumerate(sorted(ByteLevel.alphabet()))}
    tokenizer = WhisperTokenizer(vocab=letters, merges=[])
    tasks = ["startoftranscript", "en", "translate", "transcribe", "startoflm", "startofprev"]
    marks = [*tasks, "nospeech", "notimestamps", *(f"{i * 0.02:.2f}" for i in range(1501))]
    tokenizer.add_tokens([f"<|{mark}|>" for mark in marks], special_tokens=True)
    ids = tokenizer.get_vocab()
    ends = dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id"), ids["<|endoftext|>"])
    torch.manual_seed(0)
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=len(ids),
            d_model=16,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=16,
            decoder_ffn_dim=16,
            max_target_positions=64,
            decoder_start_token_id=ids["<|startoftranscript|>"],
            **ends,
        )
    )
    model.generation_config = GenerationConfig(
        alignment_heads=[[0, 0], [0, 1]],
        is_multilingual=True,
        lang_to_id={"<|en|>": ids["<|en|>"]},
        task_to_id={task: ids[f"<|{task}|>"] for task in ("transcribe", "translate")},
        no_timestamps_token_id=ids["<|notimestamps|>"],
        prev_sot_token_id=ids["<|startofprev|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        max_initial_timestamp_index=50,
        max_length=24,
        **ends,
    )
    model.save_pretrained(folder)
    WhisperProcessor(WhisperFeatureExtractor(), tokenizer).save_pretrained(folder)
    return folder
