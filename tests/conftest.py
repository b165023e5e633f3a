"""What several test files share."""

from pathlib import Path

import pytest

from slpi.corpus import Corpus, load_corpus


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """The real corpus, read once; tests change copies of its tables."""
    return load_corpus(Path(__file__).resolve().parents[1] / "data" / "raw" / "corpus")
