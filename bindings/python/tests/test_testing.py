"""Results and errors that tests make, and clients that answer from a script."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import json
import pickle
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import CARD, ID_NUMBER, NAME, PHONE

import cardwire
from cardwire import (
    Attempt,
    BatchInput,
    Billed,
    CallFacts,
    CardKind,
    Cardholder,
    Cause,
    ImageUrl,
    Kind,
    NumberCandidate,
    Operation,
    PhotoWarning,
    Sent,
    ValidThru,
    Vendor,
    WarningKind,
    _native,
    testing,
)
from cardwire.testing import AsyncScriptedClient, ScriptedClient, ScriptError


def test_what_is_not_given_says_nothing() -> None:
    card = testing.recognition(CARD)
    assert card.card_number == CARD
    assert (card.card_kind, card.sent, card.billed) == (CardKind.UNKNOWN, Sent.YES, Billed.YES)
    assert (card.warnings, card.corners, card.attempts, card.raw) == ((), (), (), b"{}")
    told = {"card_number", "card_kind", "warnings", "corners", "raw", "facts"}
    for field in dataclasses.fields(card):
        assert field.name in told or getattr(card, field.name) is None, field.name
    assert card.facts == CallFacts(None, None, None, None, None, None, None, Sent.YES, Billed.YES, ())
    assert testing.order("A1").billed is Billed.NO
    assert CARD not in repr(card)


def test_each_field_is_as_the_library_makes_it() -> None:
    card = testing.recognition(
        CARD,
        vendor="wechat",
        billed=Billed.YES,
        card_kind="credit",
        valid_thru=ValidThru(2030, 1, "01/2030"),
        warnings=[PhotoWarning(WarningKind.GLARE, "-9112")],
        number_photo=b"\xff\xd8\xff",
        raw=b'{"errcode": 0}',
    )
    assert (card.vendor, card.billed, card.card_kind) == (Vendor.WECHAT, Billed.YES, CardKind.CREDIT)
    assert (card.valid_thru, card.number_photo) == (ValidThru(2030, 1, "01/2030"), b"\xff\xd8\xff")
    assert card.warnings == (PhotoWarning(WarningKind.GLARE, "-9112"),)
    assert card.to_dict()["raw"] == {"errcode": 0}
    assert pickle.loads(pickle.dumps(card)) == card == copy.copy(card)


def test_every_kind_of_result_can_be_made() -> None:
    assert testing.verification("mismatch", reason="cardholder_mismatch").outcome == "mismatch"
    assert testing.card_lookup(True, issuer="中国工商银行").issuer == "中国工商银行"
    assert testing.order("0123", card_number=CARD).order_id == "0123"


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_error_can_be_made(kind: Kind) -> None:
    error = testing.error(kind, vendor="baidu_ocr", sent="unknown", http_status=502)
    assert type(error).kind is kind
    assert (error.vendor, error.sent, error.billed) == (Vendor.BAIDU_OCR, Sent.UNKNOWN, Billed.NO)
    assert (error.http_status, error.order, error.candidates, error.argument) == (502, None, (), None)
    assert str(error) == f"{kind.value}: made by a test"


def test_an_error_is_chained_as_one_of_the_library_is() -> None:
    cause = Cause("connect", "127.0.0.1", 9, "Connection refused", 111)
    error = testing.error("network", "no connection", cause=cause, retry_after=timedelta(seconds=2))
    assert isinstance(error.__cause__, ConnectionRefusedError)
    assert (error.cause, error.retry_after) == (cause, timedelta(seconds=2))
    seen = testing.error("card_not_found", candidates=(NumberCandidate(CARD, 0.5),))
    assert seen.candidates == (NumberCandidate(CARD, 0.5),)
    assert CARD not in repr(seen)


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (lambda: testing.recognition(CARD, card_nunber=1), "recognition has no field 'card_nunber'"),
        (lambda: testing.recognition(CARD, raw={}), "recognition: raw must be bytes, not dict"),
        (lambda: testing.recognition(CARD, issuer=b"x"), "recognition: issuer must be a str, not bytes"),
        (lambda: testing.recognition(int(CARD)), "recognition: card_number must be a str, not int"),
        (lambda: testing.recognition(None), "recognition: card_number must be a str, not NoneType"),
        (lambda: testing.recognition(CARD, clarity="high"), "recognition: clarity must be an int, not str"),
        (lambda: testing.recognition(CARD, clarity=True), "recognition: clarity must be an int, not bool"),
        (lambda: testing.recognition(CARD, confidence="1"), "recognition: confidence must be a float, not str"),
        (lambda: testing.recognition(CARD, warnings="glare"), "recognition: warnings must be a list or tuple, not str"),
        (lambda: testing.recognition(CARD, warnings=["glare"]), "recognition: warnings must be a list of warning, not of str"),
        (lambda: testing.recognition(CARD, warnings=[Cause("tls", "a", 1, "b")]), "warning has no field 'step'"),
        (lambda: testing.recognition(CARD, valid_thru="01/2030"), "recognition: valid_thru must be a record, not str"),
        (lambda: testing.recognition(CARD, valid_thru=ValidThru("2030", 1, "")), "valid_thru: year must be an int, not str"),
        (lambda: testing.card_lookup(1), "card_lookup: found must be a bool, not int"),
        (lambda: testing.error("timeout", retry_after=2), "error: retry_after must be a timedelta, not int"),
        (lambda: testing.verification("maybe"), "verification: outcome must be one of match, "),
        (lambda: testing.error("network", sent="perhaps"), "error: sent must be one of no, "),
        (lambda: testing.error("odd"), "'odd' is not a valid Kind"),
        (lambda: ScriptedClient(["match"]), "a script holds results and errors, not str"),
    ],
)
def test_what_no_result_has_is_refused(make, refusal: str) -> None:
    with pytest.raises((TypeError, ValueError), match=refusal):
        make()


def test_a_client_answers_from_its_script(photo: bytes, photo_path: Path) -> None:
    timeout = testing.error("timeout", sent="unknown", billed="unknown")
    given = Attempt(Vendor.WECHAT, "theirs", None, "0", "A2", Sent.YES, Billed.NO, timedelta(milliseconds=3))
    answers = [
        testing.recognition(CARD),
        timeout,
        testing.verification("match"),
        testing.card_lookup(True),
        testing.order("ABC1"),
        testing.recognition(CARD),
        testing.recognition(CARD, account="theirs", attempts=[given]),
    ]
    with ScriptedClient(answers, accounts={"second": "wechat"}) as client:
        assert isinstance(client, cardwire.Client)
        card = client.recognize(photo, order_id="A1", reference="photo-1")
        assert (card.vendor, card.account, card.order_id) == (Vendor.TENCENT_KYC, "tencent_kyc", "A1")
        sent = (Sent.YES, Billed.YES, timedelta())
        assert card.attempts == (Attempt(Vendor.TENCENT_KYC, "tencent_kyc", None, None, "A1", *sent),)
        with pytest.raises(cardwire.TimeoutError) as raised:
            client.recognize(photo_path, vendor="baidu_ocr")
        assert (raised.value.vendor, raised.value.billed) == (Vendor.BAIDU_OCR, Billed.UNKNOWN)
        assert raised.value.order_id == client.calls[1].order_id == raised.value.attempts[0].order_id
        assert raised.value.attempts[0].failure is Kind.TIMEOUT
        # The answer is as the test made it.
        assert (timeout.vendor, timeout.attempts, timeout.__traceback__) == (None, (), None)
        assert client.verify(CARD, NAME, ID_NUMBER, PHONE).outcome == "match"
        assert client.lookup_card(CARD).found
        assert client.fetch_order("ABC1").order_id == "ABC1"
        seen = client.recognize(photo, vendor="offline")
        assert (seen.vendor, seen.sent, seen.billed) == (Vendor.OFFLINE, Sent.NO, Billed.NO)
        assert client.remaining == 1
        last = client.recognize(ImageUrl("https://cards.example/a.jpg"), vendor="second")
        assert (last.account, last.attempts) == ("theirs", (given,))
        first, second, verified, looked_up, fetched, offline, last = client.calls
    assert (first.vendor, first.order_id, first.reference) == (Vendor.TENCENT_KYC, "A1", "photo-1")
    assert (first.image, second.image, second.vendor) == (photo, str(photo_path), Vendor.BAIDU_OCR)
    assert second.order_id is not None and len(second.order_id) == 32
    assert (verified.card_number, verified.name) == (CARD, NAME)
    assert (verified.id_number, verified.phone) == (ID_NUMBER, PHONE)
    assert (looked_up.operation, looked_up.card_number) == (Operation.LOOKUP_CARD, CARD)
    assert (fetched.operation, fetched.order_id) == (Operation.FETCH_ORDER, "ABC1")
    assert offline.vendor is Vendor.OFFLINE
    assert (last.account, last.image) == ("second", ImageUrl("https://cards.example/a.jpg"))
    for value in (CARD, NAME, ID_NUMBER, PHONE, "cards.example"):
        assert value not in repr((first, second, verified, looked_up, fetched, offline, last))


def test_what_the_library_refuses_takes_no_answer(photo: bytes) -> None:
    with ScriptedClient([testing.verification("match")]) as client:
        for call, argument in (
            (lambda: client.recognize(b"no picture"), "image"),
            (lambda: client.recognize("nowhere.jpg"), "image"),
            (lambda: client.recognize(photo, order_id="a b"), "order_id"),
            (lambda: client.recognize(photo, vendor="nobody"), "vendors"),
            (lambda: client.verify("62220200000000O0000", NAME), "card_number"),
            (lambda: client.verify(CARD, NAME, phone="1"), "phone"),
            (lambda: client.fetch_order("!"), "order_id"),
        ):
            with pytest.raises(cardwire.InvalidArgumentError) as raised:
                call()
            assert raised.value.argument == argument
        with pytest.raises(cardwire.UnsupportedError):
            client.verify(CARD, NAME, vendor="wechat")
        with pytest.raises(TypeError):
            client.recognize(1)
        with pytest.raises(cardwire.InvalidConfigError):
            client.orders()
        assert (client.calls, client.remaining) == ((), 1)
        assert client.lookup_issuer(CARD) is not None
    with pytest.raises(cardwire.ClosedError):
        client.verify(CARD, NAME)


def test_a_call_without_an_answer_fails_the_test() -> None:
    client = ScriptedClient([testing.recognition(CARD)])
    with pytest.raises(ScriptError, match="call 1, verify, has no answer: the next one is of recognize"):
        client.verify(CARD, NAME)
    assert client.remaining == 1
    with pytest.raises(ScriptError, match="call 1, verify, has no answer: the script is at its end"):
        ScriptedClient([]).verify(CARD, NAME)
    assert not issubclass(ScriptError, cardwire.CardwireError)


def test_a_batch_has_its_answers_in_the_order_of_its_inputs(photo: bytes) -> None:
    refused = testing.error("card_not_found", billed="yes")
    answers = [testing.recognition(CARD, issuer="一"), refused, testing.recognition(CARD, issuer="二")]
    with ScriptedClient(answers) as client:
        images = [photo, b"no picture", BatchInput(photo, reference="second"), 1, photo]
        items = list(client.recognize_many(images, concurrency=8, vendor="tencent_ocr"))
        assert sorted(item.index for item in items) == [0, 1, 2, 3, 4]
        by_index = {item.index: item for item in items}
        for index, issuer in ((0, "一"), (4, "二")):
            assert by_index[index].result.issuer == issuer
        assert (by_index[2].error.kind, by_index[2].error.billed) == (Kind.CARD_NOT_FOUND, Billed.YES)
        for index in (1, 3):
            assert isinstance(by_index[index].error, cardwire.InvalidArgumentError)
        assert [call.reference for call in client.calls] == [None, "second", None]
        assert {call.vendor for call in client.calls} == {Vendor.TENCENT_OCR}
    with ScriptedClient([testing.verification("match")]) as client:
        holders = [Cardholder(CARD, NAME), Cardholder(CARD, NAME)]
        with pytest.raises(ScriptError):
            list(client.verify_many(holders))


def test_an_asynchronous_client_answers_from_its_script(photo: bytes) -> None:
    answers = [
        testing.recognition(CARD),
        testing.error("network", sent="no"),
        testing.verification("match"),
        testing.verification("mismatch"),
    ]

    async def program() -> None:
        async with AsyncScriptedClient(answers) as client:
            assert isinstance(client, cardwire.AsyncClient)
            assert (await client.recognize(photo, order_id="A1")).order_id == "A1"
            with pytest.raises(cardwire.NetworkError):
                await client.recognize(photo)
            holders = [Cardholder(CARD, NAME), Cardholder(CARD, NAME)]
            outcomes = [item.unwrap().outcome async for item in client.verify_many(holders)]
            assert outcomes == ["match", "mismatch"]
            with pytest.raises(ScriptError):
                await client.verify(CARD, NAME)
            assert [call.operation for call in client.calls] == ["recognize"] * 2 + ["verify"] * 2

    asyncio.run(program())


class Upload:
    """A file whose `read` is awaited, and ends when the test says so."""

    def __init__(self, photo: bytes, ready: asyncio.Event) -> None:
        self._photo = photo
        self._ready = ready

    async def read(self, size: int) -> bytes:
        await self._ready.wait()
        given, self._photo = self._photo[:size], self._photo[size:]
        return given


def test_calls_under_way_take_answers_in_the_order_in_which_they_began(photo: bytes) -> None:
    first, second = testing.recognition(CARD, issuer="一"), testing.recognition(CARD, issuer="二")
    late = testing.verification("match")

    async def program() -> None:
        async with AsyncScriptedClient([first, second, late]) as client:
            ready = asyncio.Event()

            async def rest() -> None:
                # Both have begun, and only then is the first photo read.
                await asyncio.sleep(0)
                ready.set()

            gathered = await asyncio.gather(
                client.recognize(Upload(photo, ready)),
                client.recognize(b"no picture"),
                client.recognize(photo),
                client.verify(CARD, NAME),
                rest(),
                return_exceptions=True,
            )
            one, refused, two, verified, _ = gathered
            assert (one.issuer, two.issuer, verified.outcome) == ("一", "二", "match")
            assert isinstance(refused, cardwire.InvalidArgumentError)
            assert [call.operation for call in client.calls] == ["recognize", "recognize", "verify"]

    asyncio.run(program())


def test_a_call_whose_photo_is_given_up_gives_up_its_turn(photo: bytes) -> None:
    async def program() -> None:
        async with AsyncScriptedClient([testing.verification("match")]) as client:
            reading = asyncio.ensure_future(client.recognize(Upload(photo, asyncio.Event())))
            await asyncio.sleep(0)
            verifying = asyncio.ensure_future(client.verify(CARD, NAME))
            await asyncio.sleep(0)
            reading.cancel()
            assert (await verifying).outcome == "match"

    asyncio.run(program())


def test_a_thread_waits_for_the_call_that_began_before(photo: bytes) -> None:
    began, ready = threading.Event(), threading.Event()

    class File:
        def __init__(self) -> None:
            self.left = photo

        def read(self, size: int) -> bytes:
            began.set()
            ready.wait()
            given, self.left = self.left[:size], self.left[size:]
            return given

    with ScriptedClient([testing.recognition(CARD), testing.verification("match")]) as client:
        seen = []
        threads = [
            threading.Thread(target=lambda: seen.append(client.recognize(File()))),
            threading.Thread(target=lambda: seen.append(client.verify(CARD, NAME))),
        ]
        threads[0].start()
        began.wait()
        threads[1].start()
        ready.set()
        for thread in threads:
            thread.join()
        assert [call.operation for call in client.calls] == ["recognize", "verify"]
        assert len(seen) == 2


def test_threads_share_a_script() -> None:
    with ScriptedClient([testing.verification("match")] * 200) as client:
        def ask() -> None:
            for _ in range(50):
                client.verify(CARD, NAME)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(client.calls), client.remaining) == (200, 0)


def test_there_is_an_account_of_every_vendor() -> None:
    vendors = {vendor["vendor"] for vendor in json.loads(_native.contract())["vendors"]}
    configured = {entry["vendor"] for entry in testing._config(None)["vendors"]}
    assert configured == vendors
