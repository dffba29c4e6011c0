"""Does the search find the heading that people mean by the words that they type?"""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from autograder.book_sections import anchors
from autograder.paths import REPOSITORY
from autograder.publish import stage
from tests.tabs import Visit

BOOK = REPOSITORY / "book"
PLACES: dict[str, dict[str, list[str]]] = tomllib.loads((REPOSITORY / "autograder/publish/synonyms.toml").read_text(encoding="utf-8"))[
    "book"
]
# Typed words, and the page and anchor of the right first result.
QUERIES = {
    "batchnorm": "batch-normalization#batch-norm-forward",
    "Batch Norm": "batch-normalization#batch-norm-forward",
    "BatchNorm1d": "batch-normalization#batch-norm-forward",
    "batchnorm backward": "batch-normalization#batch-norm-backward-step-by-step",
    "batch norm backward": "batch-normalization#batch-norm-backward-step-by-step",
    "backprop through batch norm": "batch-normalization#batch-norm-backward-step-by-step",
    "batchnorm gradient": "batch-normalization#batch-norm-backward-step-by-step",
    "running mean": "batch-normalization#batch-norm-in-test-mode-running-mean-and-variance",
    "running variance": "batch-normalization#batch-norm-in-test-mode-running-mean-and-variance",
    "eval mode": "batch-normalization#batch-norm-in-test-mode-running-mean-and-variance",
    "small batch": "batch-normalization#batch-norm-and-the-batch-size",
    "layernorm": "layer-and-group-normalization#layer-normalization",
    "layer norm": "layer-and-group-normalization#layer-normalization",
    "BatchNorm2d": "layer-and-group-normalization#spatial-batch-normalization-for-images",
    "groupnorm": "layer-and-group-normalization#group-normalization",
    "instance norm": "layer-and-group-normalization#group-normalization",
    "linear layer": "affine-relu-losses#affine-layer-or-fully-connected-layer",
    "fully connected": "affine-relu-losses#affine-layer-or-fully-connected-layer",
    "dense": "affine-relu-losses#affine-layer-or-fully-connected-layer",
    "activation function": "affine-relu-losses#relu",
    "logsumexp": "affine-relu-losses#softmax-and-the-cross-entropy-loss",
    "log-sum-exp": "affine-relu-losses#softmax-and-the-cross-entropy-loss",
    "cross entropy": "affine-relu-losses#softmax-and-the-cross-entropy-loss",
    "cross-entropy loss": "affine-relu-losses#softmax-and-the-cross-entropy-loss",
    "svm": "affine-relu-losses#hinge-loss-of-a-multiclass-svm",
    "hinge loss": "affine-relu-losses#hinge-loss-of-a-multiclass-svm",
    "backpropagation": "affine-relu-losses#the-chain-rule-with-shapes",
    "chain rule": "affine-relu-losses#the-chain-rule-with-shapes",
    "weight decay": "affine-relu-losses#a-deep-network-and-weight-decay",
    "conv2d": "convolution#convolution-forward-step-by-step",
    "conv": "convolution#convolution-forward-step-by-step",
    "same padding": "convolution#convolution-forward-step-by-step",
    "conv2d backward": "convolution#convolution-backward-step-by-step",
    "transposed convolution": "convolution#convolution-backward-step-by-step",
    "maxpool": "convolution#max-pooling-forward-and-backward",
    "max pool": "convolution#max-pooling-forward-and-backward",
    "im2col": "im2col#im2col",
    "unfold": "im2col#im2col",
    "roofline": "fast-layers#the-roofline",
    "xavier": "initialisation#xavier-and-kaiming-initialization-from-the-forward-pass",
    "glorot": "initialisation#xavier-and-kaiming-initialization-from-the-forward-pass",
    "kaiming": "initialisation#xavier-and-kaiming-initialization-from-the-forward-pass",
    "he init": "initialisation#xavier-and-kaiming-initialization-from-the-forward-pass",
    "weight initialization": "initialisation#xavier-and-kaiming-initialization-from-the-forward-pass",
    "vanishing gradients": "initialisation#vanishing-and-exploding-gradients-the-backward-pass",
    "inverted dropout": "dropout#inverted-dropout-forward",
    "keep_prob": "dropout#inverted-dropout-forward",
    "sgd": "optimisers#gradient-descent-or-sgd",
    "learning rate": "optimisers#gradient-descent-or-sgd",
    "optimizer": "optimisers#gradient-descent-or-sgd",
    "nesterov": "optimisers#momentum",
    "adamw": "optimisers#adam",
    "bias correction": "optimisers#adam",
    "learning rate schedule": "whole-network#schedules-and-warm-up",
    "learning rate decay": "whole-network#schedules-and-warm-up",
    "warmup": "whole-network#schedules-and-warm-up",
    "resnet": "whole-network#residual-connections",
    "skip connection": "whole-network#residual-connections",
    "early stopping": "whole-network#overfitting-and-its-curves",
    "gradcheck": "gradient-checking#numeric-gradients-and-their-two-errors",
    "numerical gradient": "gradient-checking#numeric-gradients-and-their-two-errors",
    "finite differences": "gradient-checking#numeric-gradients-and-their-two-errors",
    "relative error": "gradient-checking#what-can-be-compared",
    "broadcasting": "notation#axes-and-broadcasting",
    "pytorch": "conventions#the-table",
    "NCHW": "conventions#layouts",
}


def test_every_synonym_leads_to_a_heading() -> None:
    """Is each place in the file a heading of the book, and is each word in the file once?"""
    lost = []
    for page, sections in PLACES.items():
        known = anchors((BOOK / f"{page}.md").read_text(encoding="utf-8"))
        lost += [f"{page}#{anchor}" for anchor in sections if anchor not in known]
    assert lost == []
    words = [re.sub(r"\W|_", "", word.lower()) for sections in PLACES.values() for found in sections.values() for word in found]
    assert sorted({word for word in words if words.count(word) > 1}) == []


def test_the_script_contains_the_synonyms() -> None:
    """Is the script's template filled in, with words reduced to their letters?"""
    script = stage.search_script()
    assert "{{" not in script
    assert '"logsumexp": ["book/affine-relu-losses#softmax-and-the-cross-entropy-loss"]' in script


@pytest.mark.xdist_group("book")
@pytest.mark.browser
def test_sixty_queries_lead_to_their_sections(visit: Visit) -> None:
    """Is the first result of each query the section that answers it?"""
    assert len(QUERIES) >= 60
    page = visit.open("search.html?q=batchnorm")
    page.wait_for_selector("#search-results ul.search li a")
    first = """queries => queries.map(query => {
        const [, terms, excluded, highlighted, objects] = Search._parseQuery(query);
        const found = Search._performSearch(query, terms, excluded, highlighted, objects);
        const best = found[found.length - 1];
        return best ? best[0] + best[2] : null;
    })"""
    found = dict(zip(QUERIES, page.evaluate(first, list(QUERIES)), strict=True))
    assert {query: place for query, place in found.items() if place != f"book/{QUERIES[query]}"} == {}
    assert not visit.errors


@pytest.mark.xdist_group("book")
@pytest.mark.browser
def test_a_result_names_its_section_and_is_a_link_to_it(visit: Visit) -> None:
    """Does a result show its page and heading, and link to that heading?"""
    page = visit.open("search.html?q=batchnorm+backward")
    link = page.locator("#search-results ul.search li a").first
    link.wait_for()
    assert link.inner_text().endswith("Batch normalization > Batch norm backward, step by step")
    href: Any = link.get_attribute("href")
    assert href.split("?")[0].split("#")[0].endswith("book/batch-normalization.html")
    assert href.endswith("#batch-norm-backward-step-by-step")
