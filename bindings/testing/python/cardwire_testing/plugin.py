"""The plugin of pytest: a sandbox for the session, and a client that points at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

import pytest

from . import Sandbox

# pytest loads the plugin for every run, and cardwire is loaded by the tests that take a client.
if TYPE_CHECKING:
    import cardwire


@pytest.fixture(scope="session")
def _cardwire_sandbox_process() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def cardwire_sandbox(_cardwire_sandbox_process: Sandbox) -> Sandbox:
    """The vendors on this machine: one process for the session, as new for each test."""
    _cardwire_sandbox_process.reset()
    return _cardwire_sandbox_process


@pytest.fixture
def cardwire_client(cardwire_sandbox: Sandbox) -> Iterator[cardwire.Client]:
    """A client with an account of every vendor of ``cardwire_sandbox``."""
    from cardwire import Client

    with Client(cardwire_sandbox.config) as client:
        yield client
