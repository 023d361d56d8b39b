"""Credentials from providers, and what a cancelled task knows of its call."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import cardwire
import pytest
from cardwire import AsyncClient, Client, CredentialAsk, Credentials

from conftest import CARD, ID_NUMBER, NAME, Sandbox


def provided(sandbox: Sandbox, vendor: str, *keys: str) -> Tuple[Dict[str, Any], Dict[str, str]]:
    """A configuration for one vendor whose keys come from the provider ``tokens``; and their values."""
    config = sandbox.config_for(vendor)
    entry = config["vendors"][0]
    right = {key: entry[key] for key in keys}
    entry.update((key, {"provider": "tokens"}) for key in keys)
    return config, right


def test_a_provider_is_asked_once_and_again_after_a_refusal(sandbox: Sandbox, photo: bytes) -> None:
    document, right = provided(sandbox, "aliyun_bankocr", "app_code")
    asked: List[CredentialAsk] = []

    def provide(ask: CredentialAsk) -> str:
        assert threading.current_thread() is not threading.main_thread()
        asked.append(ask)
        return right["app_code"] if len(asked) > 1 else "0" * 32

    with Client(document, providers={"tokens": provide}) as client:
        card = client.recognize(photo)
        assert (card.billed, len(card.attempts)) == ("yes", 2)
        assert len(client.recognize(photo).attempts) == 1
    assert [ask.reason for ask in asked] == ["first", "refused"]
    assert (asked[0].vendor, asked[0].account) == ("aliyun_bankocr", "aliyun_bankocr")
    assert asked[0].secrets == ("app_code",)


def test_several_secrets_come_together_and_end(sandbox: Sandbox) -> None:
    document, right = provided(sandbox, "tencent_faceid", "secret_id", "secret_key")
    reasons: List[str] = []

    def provide(ask: CredentialAsk) -> Credentials:
        assert ask.secrets == ("secret_id", "secret_key")
        reasons.append(ask.reason.value)
        return Credentials(right, expires_in=ends[len(reasons) - 1])

    # What ended before it was given has ended; infinity has no end.
    ends: List[Any] = [0, -5, timedelta(seconds=-1), -(10**400), float("inf")]
    for last in (float("inf"), 10**400, timedelta.max):
        ends[-1] = last
        reasons.clear()
        with Client(document, providers={"tokens": provide}) as client:
            for _ in range(6):
                assert client.verify(CARD, NAME, ID_NUMBER).outcome is cardwire.Outcome.MATCH
            assert reasons == ["first", *["expired"] * 4]
    for wrong, kind in ((float("nan"), ValueError), ("5", TypeError), (True, TypeError)):
        ends = [wrong] * 5
        reasons.clear()
        with Client(document, providers={"tokens": provide}) as client:
            with pytest.raises(cardwire.CredentialsUnavailableError) as raised:
                client.verify(CARD, NAME, ID_NUMBER)
            assert type(raised.value.__cause__) is kind
            assert str(raised.value.__cause__).startswith("expires_in must be ")
    assert right["secret_key"] not in repr(Credentials(right))


def test_a_provider_that_never_answers_ends_calls_at_their_deadlines(sandbox: Sandbox) -> None:
    document, right = provided(sandbox, "aliyun_yhkr", "app_code")
    reasons: List[str] = []
    answered = threading.Event()

    def provide(ask: CredentialAsk) -> str:
        reasons.append(ask.reason.value)
        answered.wait()
        return right["app_code"]

    with Client(document, providers={"tokens": provide}) as client:
        # The second call waits for the question of the first.
        for _ in range(2):
            with pytest.raises(cardwire.TimeoutError) as caught:
                client.verify(CARD, NAME, ID_NUMBER, timeout=0.2)
            error = caught.value
            assert (error.sent, error.billed, error.attempts) == ("no", "no", ())
        assert reasons == ["first"] and sandbox.connections() == 0
        answered.set()
        assert client.verify(CARD, NAME, ID_NUMBER).outcome is cardwire.Outcome.MATCH
    assert reasons == ["first"]


def test_what_a_provider_raises_is_the_cause(sandbox: Sandbox, photo: bytes) -> None:
    document, _ = provided(sandbox, "wechat", "app_secret")
    raised = LookupError("the vault is sealed: hvs.SECRET")

    def provide(_: CredentialAsk) -> str:
        raise raised

    with Client(document, providers={"tokens": provide}) as client:
        with pytest.raises(cardwire.CredentialsUnavailableError) as caught:
            client.recognize(photo)
    error = caught.value
    assert error.__cause__ is raised
    assert (error.kind, error.code, error.sent, error.billed) == (
        "credentials_unavailable",
        14,
        "no",
        "no",
    )
    assert "SECRET" not in f"{error} {error!r} {error.to_dict()}"


@pytest.mark.parametrize("given", [None, 1, {"app_secret": 1}, b"bytes"])
def test_a_provider_gives_text(sandbox: Sandbox, photo: bytes, given: Any) -> None:
    document, _ = provided(sandbox, "wechat", "app_secret")
    with Client(document, providers={"tokens": lambda _: given}) as client:
        with pytest.raises(cardwire.CredentialsUnavailableError) as caught:
            client.recognize(photo)
    assert isinstance(caught.value.__cause__, TypeError)


def test_a_coroutine_runs_on_the_loop_of_the_call(sandbox: Sandbox, photo: bytes) -> None:
    document, right = provided(sandbox, "wechat", "app_secret")
    loops: List[asyncio.AbstractEventLoop] = []

    async def provide(_: CredentialAsk) -> str:
        loops.append(asyncio.get_running_loop())
        await asyncio.sleep(0.01)
        return right["app_secret"]

    async def call() -> asyncio.AbstractEventLoop:
        async with AsyncClient(document, providers={"tokens": provide}) as client:
            cards = await asyncio.gather(*(client.recognize(photo) for _ in range(10)))
        assert {card.card_number for card in cards} == {CARD}
        return asyncio.get_running_loop()

    assert [asyncio.run(call())] == loops
    # Without a loop of the caller's, one of its own.
    with Client(document, providers={"tokens": provide}) as client:
        assert client.recognize(photo).card_number == CARD


@pytest.mark.parametrize("waits", ["on its thread", "on the loop"])
def test_the_deadline_of_a_call_bounds_a_slow_provider(
    sandbox: Sandbox, photo: bytes, waits: str
) -> None:
    document, right = provided(sandbox, "aliyun_bankocr", "app_code")
    go_on = threading.Event()

    def provide(_: CredentialAsk) -> str:
        assert go_on.wait(30)
        return right["app_code"]

    async def provide_on_loop(_: CredentialAsk) -> str:
        while not go_on.is_set():
            await asyncio.sleep(0.01)
        return right["app_code"]

    provider = provide if waits == "on its thread" else provide_on_loop

    async def late(client: AsyncClient) -> cardwire.CardwireError:
        with pytest.raises(cardwire.TimeoutError) as caught:
            await client.recognize(photo, timeout=0.2)
        return caught.value

    async def calls() -> cardwire.CardwireError:
        async with AsyncClient(document, providers={"tokens": provider}) as client:
            error = await late(client)
            # What the late call asked for serves the next.
            go_on.set()
            assert (await client.recognize(photo)).card_number == CARD
        return error

    errors = [asyncio.run(calls())]
    go_on.clear()
    with Client(document, providers={"tokens": provider}) as client:
        with pytest.raises(cardwire.TimeoutError) as caught:
            client.recognize(photo, timeout=0.2)
        errors.append(caught.value)
        go_on.set()
        assert client.recognize(photo).card_number == CARD
    for error in errors:
        assert (error.sent, error.billed, error.attempts) == ("no", "no", ())


def test_providers_are_checked_when_the_client_is_made(sandbox: Sandbox) -> None:
    document, _ = provided(sandbox, "wechat", "app_secret")
    with pytest.raises(cardwire.InvalidConfigError, match="a client without any"):
        Client(document)
    with pytest.raises(TypeError, match="callables"):
        Client(document, providers={"tokens": "text"})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="mapping"):
        Client(document, providers=[])  # type: ignore[arg-type]


def test_a_cancelled_task_knows_what_became_of_its_call(sandbox: Sandbox) -> None:
    async def call(how: str) -> BaseException:
        sandbox.reset()
        sandbox.script("aliyun_yhkr", fault={"kind": "never_answer"})
        async with AsyncClient(sandbox.config_for("aliyun_yhkr")) as client:
            verifying = client.verify(CARD, NAME, ID_NUMBER)
            try:
                if how == "wait_for":
                    await asyncio.wait_for(verifying, 0.5)
                elif how == "timeout":
                    async with asyncio.timeout(0.5):  # type: ignore[attr-defined]
                        await verifying
                else:
                    task = asyncio.ensure_future(verifying)
                    await asyncio.sleep(0.5)
                    task.cancel()
                    await task
            except (asyncio.CancelledError, asyncio.TimeoutError) as error:
                return error
        raise AssertionError("nothing was raised")

    ways = ["cancel", "wait_for"] + (["timeout"] if hasattr(asyncio, "timeout") else [])
    for how in ways:
        error = asyncio.run(call(how))
        told = cardwire.call_of(error)
        assert isinstance(told, cardwire.CancelledError), how
        assert (told.sent, told.billed) == ("unknown", "unknown"), how
        assert told.order_id is not None and len(told.attempts) == 1, how
    assert cardwire.call_of(ValueError()) is None


@pytest.mark.parametrize("journal", [False, True])
@pytest.mark.parametrize("code", [None, "10005"])
def test_a_call_that_was_answered_when_its_task_is_cancelled_tells_the_answer(
    sandbox: Sandbox, tmp_path: Path, code: Optional[str], journal: bool
) -> None:
    config = sandbox.config_for("aliyun_yhkr")
    if journal:
        config["journal"] = str(tmp_path / "orders.db")
    if code is not None:
        sandbox.script("aliyun_yhkr", times=0, code=code)
    answered = threading.Event()

    def on_event(event: cardwire.Event) -> None:
        if isinstance(event, cardwire.AttemptEnded):
            answered.set()

    async def call() -> BaseException:
        async with AsyncClient(config, on_event=on_event) as client:
            verifying = client.verify(CARD, NAME, ID_NUMBER, order_id="python0014")
            task = asyncio.ensure_future(verifying)
            await asyncio.sleep(0)
            # The loop stands still until the vendor has answered.
            assert answered.wait(10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            return caught.value

    told = cardwire.call_of(asyncio.run(call()))
    billed = "yes" if code is None else "no"
    assert (told.order_id, told.sent, told.billed) == ("python0014", "yes", billed)
    assert isinstance(told, cardwire.Verification if code is None else cardwire.CardwireError)
