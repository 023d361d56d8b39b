"""How callers use the package, for mypy and pyright. It is checked, not run."""

import asyncio
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import AsyncIterator, Dict, Iterator, List, Optional, Tuple

from typing_extensions import assert_type

import cardwire
from cardwire import (
    AsyncClient,
    Attempt,
    BatchInput,
    BatchItem,
    Billed,
    Cardholder,
    CardKind,
    CardLookup,
    Client,
    Event,
    ImageUrl,
    Issuer,
    IssuerSource,
    Kind,
    NumberCandidate,
    Order,
    OrderRecord,
    Outcome,
    PhotoLook,
    PhotoWarning,
    Point,
    Reason,
    Recognition,
    Sent,
    ValidThru,
    Vendor,
    Verification,
    testing,
)
from cardwire.testing import AsyncScriptedClient, ScriptedCall, ScriptedClient
from cardwire.logging import log_event
from cardwire.opentelemetry import OpenTelemetry


def on_event(event: Event) -> None:
    if isinstance(event, cardwire.AttemptEnded):
        assert_type(event.duration, timedelta)
        assert_type(event.billed, Billed)
    assert_type(event.level, cardwire.Level)
    log_event(event)


def blocking() -> None:
    with Client({"vendors": [{"vendor": "wechat"}]}, on_event=on_event) as client:
        assert_type(client, Client)
        assert_type(client.health(), List[cardwire.AccountHealth])
        assert_type(client.health()[0].breaker_until, Optional[datetime])
        Client("{}", on_event=OpenTelemetry()).close()
        card = client.recognize(
            "card.jpg",
            vendor=Vendor.WECHAT,
            order_id="a",
            user_id="b",
            timeout=timedelta(seconds=3),
        )
        assert_type(card, Recognition)
        assert_type(card.card_number, str)
        assert_type(card.card_kind, CardKind)
        assert_type(card.valid_thru, Optional[ValidThru])
        assert_type(card.warnings, Tuple[PhotoWarning, ...])
        assert_type(card.attempts, Tuple[Attempt, ...])
        assert_type(card.number_photo, Optional[bytes])
        assert_type(card.confidence, Optional[float])
        assert_type(card.issuer_source, Optional[IssuerSource])
        assert_type(card.corners, Tuple[Point, ...])
        assert_type(client.lookup_issuer(card.card_number), Optional[Issuer])
        for image in (b"", bytearray(), memoryview(b""), Path("x"), io.BytesIO(), ImageUrl("x")):
            cardwire.check_image(image)
            client.recognize(image, vendor=["wechat", Vendor.TENCENT_KYC], timeout=1.5)
        with open("card.jpg", "rb") as file:
            client.recognize(file)
        answer = client.verify("6222020000000000000", name="张三", id_number="110101190001010014")
        assert_type(answer, Verification)
        assert_type(answer.outcome, Outcome)
        assert_type(answer.reason, Optional[Reason])
        assert_type(client.lookup_card("6222020000000000000"), CardLookup)
        assert_type(client.fetch_order("a"), Order)
        items = client.recognize_many(Path(".").glob("*.jpg"), concurrency=4)
        assert_type(items, Iterator[BatchItem[Recognition]])
        for item in items:
            assert_type(item.unwrap(), Recognition)
            if item.error is None:
                assert_type(item.result, Recognition)
                assert_type(item.result.card_number, str)
            else:
                assert_type(item.error, cardwire.CardwireError)
                assert_type(item.result, None)
            if item.result is not None:
                assert_type(item, cardwire.BatchResult[Recognition])
                assert_type(item.result.billed, Billed)
        holders = [Cardholder("6222020000000000000", "张三")]
        assert_type(client.verify_many(holders), Iterator[BatchItem[Verification]])
        named = [BatchInput(holder, reference="row 1", order_id="a") for holder in holders]
        assert_type(named, List[BatchInput[Cardholder]])
        client.verify_many(named, skip_answered=True)
        paths = [BatchInput(path, reference=path.name) for path in Path(".").glob("*.jpg")]
        found = client.recognize_many(paths, skip_answered=True)
        assert_type(found, Iterator[BatchItem[Recognition]])
        client.recognize_many(["a.jpg", BatchInput(b"", reference="b"), BatchInput(ImageUrl("c"))])
        client.recognize("a.jpg", reference="a.jpg", skip_answered=True)


def orders(client: Client) -> None:
    assert_type(client.orders(status=cardwire.OrderStatus.UNKNOWN, limit=5), List[OrderRecord])
    with cardwire.Journal(Path("orders.journal")) as journal:
        assert_type(journal, cardwire.Journal)
        for order in journal.unknown_orders():
            assert_type(order.created, datetime)
            journal.reconcile_order(order.order_id, note="not billed")
        assert_type(journal.find_order("a"), Optional[OrderRecord])
    try:
        client.verify("6222020000000000000", "张三", reference="row 1", skip_answered=True)
    except cardwire.AlreadyAnsweredError as error:
        assert_type(error.order, Optional[OrderRecord])


def errors(client: Client) -> Kind:
    try:
        client.recognize(b"")
    except cardwire.RateLimitedError as error:
        assert_type(error.retry_after, Optional[timedelta])
    except cardwire.CardwireError as error:
        assert_type(error.candidates, Tuple[NumberCandidate, ...])
        assert_type(error.sent, Sent)
        assert_type(error.billed, Billed)
        assert_type(error.vendor, Optional[Vendor])
        assert_type(error.retryable, bool)
        assert_type(error.code, int)
        return error.kind
    return Kind.INTERNAL


class Upload:
    """As Starlette's `UploadFile` is declared."""

    async def read(self, size: int = -1) -> bytes:
        return b""


async def for_asyncio() -> List[str]:
    async with AsyncClient("{}") as client:
        assert_type(client, AsyncClient)
        cards = await asyncio.gather(client.recognize(b"a"), client.recognize("b"))
        assert_type(await client.recognize(Upload()), Recognition)
        client.recognize_many([Upload(), b"", "card.jpg"])
        client.recognize_many([BatchInput(Upload(), reference="a"), b""], skip_answered=True)
        assert_type(await client.verify("6222020000000000000", "张三"), Verification)
        assert_type(client.lookup_issuer("6222020000000000000"), Optional[Issuer])
        items = client.recognize_many(["a.jpg"], vendor="wechat")
        assert_type(items, AsyncIterator[BatchItem[Recognition]])
        async for item in items:
            assert_type(item.error, Optional[cardwire.CardwireError])
            if item.error is None:
                assert_type(item.result, Recognition)
        assert_type(await client.unknown_orders(), List[OrderRecord])
        return [card.card_number for card in cards]


def checks() -> Dict[Vendor, Optional[cardwire.CardwireError]]:
    assert_type(cardwire.check_card_number("6222020000000000000").luhn, bool)
    assert_type(cardwire.mask_card_number("6222020000000000000"), str)
    assert_type(cardwire.check_image(b"", look=True).look, Optional[PhotoLook])
    return cardwire.check_image(b"").vendors


def scripted() -> Tuple[ScriptedCall, ...]:
    card = testing.recognition("6222020000000000000", billed="yes")
    assert_type(card, Recognition)
    assert_type(testing.verification(Outcome.MATCH), Verification)
    assert_type(testing.card_lookup(False), CardLookup)
    assert_type(testing.order("order1"), Order)
    assert_type(testing.error(Kind.TIMEOUT, sent="unknown"), cardwire.CardwireError)
    client: Client = ScriptedClient([card, testing.error("timeout")], accounts={"second": "wechat"})
    assert_type(client.recognize(b""), Recognition)
    for_asyncio: AsyncClient = AsyncScriptedClient([card])
    assert_type(for_asyncio.lookup_issuer("6222020000000000000"), Optional[Issuer])
    assert_type(ScriptedClient([]).remaining, int)
    return ScriptedClient([]).calls
