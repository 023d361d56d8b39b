"""Every operation, its facts, its options and its errors."""

from __future__ import annotations

import errno
import io
import json
import pickle
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Dict, List, Optional

import cardwire
import pytest
from cardwire import (
    AttemptEnded,
    AttemptStarted,
    Billed,
    CardKind,
    CardwireError,
    Client,
    ImageUrl,
    Kind,
    Operation,
    Outcome,
    PhotoWarning,
    Reason,
    Sent,
    TokenRefreshed,
    ValidThru,
    Vendor,
    WarningKind,
)

from conftest import CARD, ID_NUMBER, NAME, PHONE, Sandbox, marked


def test_recognize_reads_every_field(sandbox: Sandbox, client: Client, photo: bytes) -> None:
    sandbox.script("tencent_kyc", "recognize", fault={"kind": "delay_ms", "n": 20})
    image = marked(photo, number=CARD, valid="08/2031", clarity=87, warnings=["-9110"])
    card = client.recognize(image, vendor="tencent_kyc", order_id="python0001", user_id="user1")
    assert card.card_number == CARD
    assert card.valid_thru == ValidThru(2031, 8, "08/2031")
    assert card.clarity == 87
    assert card.number_photo is not None and card.number_photo[:3] == b"\xff\xd8\xff"
    assert [warning.code for warning in card.warnings] == ["-9110"]
    assert all(isinstance(warning.kind, WarningKind) for warning in card.warnings)
    assert (card.vendor, card.account) == (Vendor.TENCENT_KYC, "tencent_kyc")
    assert (card.order_id, card.sent, card.billed) == ("python0001", Sent.YES, Billed.YES)
    assert card.request_id and card.gateway_request_id is None
    assert card.transaction_time == json.loads(card.raw)["transactionTime"]
    (attempt,) = card.attempts
    assert (attempt.vendor, attempt.outcome, attempt.failure) == (Vendor.TENCENT_KYC, "ok", None)
    assert attempt.duration >= timedelta(milliseconds=20)
    assert json.loads(card.raw)["result"]["orderNo"] == "python0001"


def test_recognize_with_each_vendor(client: Client, photo: bytes) -> None:
    for vendor in ("tencent_kyc", "wechat", "aliyun_bankocr"):
        card = client.recognize(photo, vendor=vendor)
        assert (card.card_number, card.vendor) == (CARD, vendor)
    assert card.gateway_request_id and card.transaction_time is None
    assert (card.issuer, card.card_kind) == ("中国工商银行", CardKind.DEBIT)


def test_every_form_of_an_image(client: Client, photo: bytes, photo_path: Path) -> None:
    forms = [
        photo,
        bytearray(photo),
        memoryview(photo),
        str(photo_path),
        photo_path,
        io.BytesIO(photo),
        open(photo_path, "rb"),
        ImageUrl("https://cards.example/front.jpg"),
    ]
    for form in forms:
        card = client.recognize(form, vendor=["tencent_kyc", "wechat"])
        expected = "wechat" if isinstance(form, ImageUrl) else "tencent_kyc"
        assert (card.card_number, card.vendor) == (CARD, expected), type(form)


def test_verify_gives_outcomes(client: Client) -> None:
    for vendor in ("tencent_faceid", "aliyun_yhkr"):
        answer = client.verify(CARD, NAME, ID_NUMBER, vendor=vendor)
        assert (answer.outcome, answer.reason) == (Outcome.MATCH, None)
        answer = client.verify(CARD, "李四", id_number=ID_NUMBER, vendor=vendor)
        assert (answer.outcome, answer.reason) == (Outcome.MISMATCH, Reason.CARDHOLDER_MISMATCH)
    assert client.verify(CARD, NAME).outcome is Outcome.MATCH
    four = client.verify(card_number=CARD, name=NAME, id_number=ID_NUMBER, phone=PHONE)
    assert (four.outcome, four.vendor) == (Outcome.MATCH, Vendor.TENCENT_FACEID)


def test_lookup_and_order(client: Client, photo: bytes) -> None:
    found = client.lookup_card(CARD)
    assert (found.found, found.issuer, found.card_kind) == (True, "中国工商银行", CardKind.DEBIT)
    card = client.recognize(photo, vendor="tencent_kyc")
    assert card.order_id is not None
    order = client.fetch_order(card.order_id)
    assert (order.card_number, order.order_id) == (CARD, card.order_id)
    assert order.original_photo == photo
    assert order.card_photo and order.number_photo == card.number_photo


def test_a_list_of_vendors_takes_the_first_that_can(client: Client, photo: bytes) -> None:
    assert client.recognize(photo, vendor=["aliyun_bankocr", "wechat"]).vendor == "aliyun_bankocr"
    assert client.recognize(photo, vendor=(Vendor.WECHAT,)).vendor is Vendor.WECHAT
    address = ImageUrl("https://cards.example/front.jpg")
    assert (
        client.recognize(address, vendor=["tencent_kyc", "aliyun_bankocr"]).vendor
        == "aliyun_bankocr"
    )


def test_config_as_text_and_two_accounts(sandbox: Sandbox, photo: bytes) -> None:
    config = sandbox.config_for("wechat")
    config["vendors"] = [{**config["vendors"][0], "name": name} for name in ("first", "second")]
    with Client(json.dumps(config)) as client:
        assert client.recognize(photo).account == "first"
        assert client.recognize(photo, vendor="second").account == "second"


def test_a_code_of_the_vendor_becomes_its_kind(client: Client, photo: bytes) -> None:
    image = marked(photo, answer={"wechat": "101000"})
    with pytest.raises(cardwire.CardwireError) as caught:
        client.recognize(image, vendor="wechat", order_id="python0002")
    error = caught.value
    assert (error.kind, error.vendor_code) == (Kind.IMAGE_REJECTED, "101000")
    assert type(error) is cardwire.ImageRejectedError
    assert (error.code, error.vendor, error.order_id) == (20, Vendor.WECHAT, "python0002")
    assert (error.sent, error.http_status, error.retryable) == (Sent.YES, 200, False)
    assert error.attempts[0].outcome == "image_rejected"
    assert str(error).startswith("image_rejected: ")
    assert "101000" in str(error) and "python0002" in str(error)


def test_a_secret_of_the_environment_may_end_with_its_line(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = sandbox.config_for("aliyun_yhkr")
    entry = config["vendors"][0]
    secret = entry["app_code"]
    entry["app_code"] = {"env": "CARDWIRE_TEST_APP_CODE"}
    for end in ("", "\n", "\r\n"):
        monkeypatch.setenv("CARDWIRE_TEST_APP_CODE", secret + end)
        with Client(config) as client:
            assert client.verify(CARD, NAME, ID_NUMBER).outcome is Outcome.MATCH


def test_timeout(sandbox: Sandbox, client: Client, photo: bytes) -> None:
    client.recognize(photo, vendor="wechat")
    sandbox.script("wechat", "recognize", fault={"kind": "never_answer"})
    with pytest.raises(cardwire.TimeoutError) as caught:
        client.recognize(photo, vendor="wechat", timeout=timedelta(milliseconds=300))
    error = caught.value
    assert (error.sent, error.billed, error.retryable) == (Sent.UNKNOWN, Billed.UNKNOWN, False)
    sandbox.settings(latency_ms=300)
    with pytest.raises(cardwire.TimeoutError):
        client.recognize(photo, vendor="wechat", timeout=0)


def test_network(sandbox: Sandbox, photo: bytes) -> None:
    config = sandbox.config_for("aliyun_bankocr")
    config["vendors"][0]["base_url"] = "http://127.0.0.1:9"
    with Client(config) as client, pytest.raises(cardwire.NetworkError) as caught:
        client.recognize(photo)
    assert (caught.value.sent, caught.value.billed) == (Sent.NO, Billed.NO)
    assert caught.value.retryable


def test_rate_limited_says_when_to_try_again(
    sandbox: Sandbox, client: Client, photo: bytes
) -> None:
    sandbox.script(
        "wechat", "recognize", times=0, answer={"body": '{"errcode":45011,"errmsg":"x"}'}
    )
    with pytest.raises(cardwire.RateLimitedError) as caught:
        client.recognize(photo, vendor="wechat")
    assert caught.value.retry_after == timedelta(seconds=60)


def test_unsupported(sandbox: Sandbox, client: Client, photo: bytes) -> None:
    with pytest.raises(cardwire.UnsupportedError):
        client.verify(CARD, NAME, vendor="wechat")
    with pytest.raises(cardwire.UnsupportedError):
        client.recognize(ImageUrl("https://cards.example/a.jpg"), vendor="tencent_kyc")
    with pytest.raises(cardwire.InvalidArgumentError) as caught:
        client.recognize(photo, vendor="nobody")
    assert caught.value.argument == "vendors"
    assert sandbox.connections() == 0


def test_config_errors_name_the_key(sandbox: Sandbox) -> None:
    config = {"vendors": [{"vendor": "aliyun_yhkr", "app_cod": "x", "app_code": "y"}]}
    with pytest.raises(cardwire.InvalidConfigError) as caught:
        Client(config)
    assert caught.value.message == 'vendors[0].app_cod: expected "app_code", found an unknown key'
    for broken in ("{", "", "[]", "\ud800", '{"vendors": []}'):
        with pytest.raises(cardwire.InvalidConfigError):
            Client(broken)
    for wrong in (None, 7, b"{}", [1]):
        with pytest.raises(TypeError, match="config"):
            Client(wrong)  # type: ignore[arg-type]
    with pytest.raises(cardwire.InvalidConfigError, match="not JSON compliant"):
        Client({"timeout_ms": float("nan")})


def test_vendors_that_are_none(client: Client) -> None:
    for wrong in (7, b"wechat"):
        with pytest.raises(TypeError, match="vendor must be str or a list of str, not "):
            client.verify(CARD, NAME, vendor=wrong)  # type: ignore[arg-type]
    with pytest.raises(cardwire.InvalidArgumentError, match="which are tencent_kyc, wechat, "):
        client.verify(CARD, NAME, vendor="WeChat")


@pytest.mark.parametrize("in_batch", [False, True])
def test_closing_ends_what_another_thread_reads(sandbox: Sandbox, in_batch: bool) -> None:
    class Endless:
        def __init__(self) -> None:
            self.is_read, self.is_closed, self.pieces = threading.Event(), threading.Event(), 0

        def read(self, size: int) -> bytes:
            self.pieces += 1
            self.is_read.set()
            assert self.is_closed.wait(10)
            return b"a piece"

    def recognize(client: Client, photo: Endless) -> object:
        return next(client.recognize_many([photo])).unwrap() if in_batch else client.recognize(photo)

    client, photo = Client(sandbox.config), Endless()
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(recognize, client, photo)
        assert photo.is_read.wait(10)
        client.close()
        photo.is_closed.set()
        with pytest.raises(cardwire.CancelledError, match="the client was closed during the call"):
            call.result(10)
    with pytest.raises(cardwire.ClosedError, match="the client was closed"):
        recognize(client, photo)
    assert photo.pieces == 1


@pytest.mark.parametrize("is_observed", [False, True])
def test_what_interrupts_the_reading_of_an_end_knows_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, is_observed: bool
) -> None:
    def interrupted_once(kind: type) -> None:
        read, interruptions = kind._read, [KeyboardInterrupt()]  # type: ignore[attr-defined]

        def interrupted(*given: Any) -> Any:
            if interruptions:
                raise interruptions.pop()
            return read(*given)

        monkeypatch.setattr(kind, "_read", interrupted)

    with Client(sandbox.config, on_event=(lambda _: None) if is_observed else None) as client:
        interrupted_once(cardwire.Verification)
        with pytest.raises(KeyboardInterrupt) as caught:
            client.verify(CARD, NAME, ID_NUMBER, vendor="aliyun_yhkr", order_id="python0200")
        call = getattr(caught.value, "call")
        assert (call.order_id, call.outcome, call.billed) == ("python0200", Outcome.MATCH, Billed.YES)
        sandbox.script("aliyun_yhkr", fault={"kind": "close_after_read"}, times=0)
        interrupted_once(CardwireError)
        with pytest.raises(KeyboardInterrupt) as caught:
            client.verify(CARD, NAME, ID_NUMBER, vendor="aliyun_yhkr", order_id="python0201")
        call = getattr(caught.value, "call")
        assert (call.order_id, call.kind, call.billed) == ("python0201", Kind.NETWORK, Billed.UNKNOWN)


def test_close_refuses_later_calls_and_is_repeatable(client: Client, photo: bytes) -> None:
    client.close()
    client.close()
    with pytest.raises(cardwire.ClosedError, match="closed"):
        client.recognize(photo)
    with pytest.raises(cardwire.ClosedError):
        client.verify(CARD, NAME)


def test_events(sandbox: Sandbox, photo: bytes) -> None:
    events: list[cardwire.Event] = []
    config = sandbox.config_for("wechat")
    config["vendors"][0]["daily_quota"] = 5
    with Client(config, on_event=events.append) as client:
        card = client.recognize(photo)
    begun, token, quota, started, ended, over = events
    assert isinstance(begun, cardwire.CallStarted) and isinstance(over, cardwire.CallEnded)
    assert isinstance(quota, cardwire.QuotaUnitTaken)
    assert (quota.quota_left, quota.quota_limit) == (4, 5)
    assert {event.call for event in events} == {begun.call}
    assert (over.order_id, over.attempts, over.failure) == (card.order_id, 1, None)
    assert (over.level, str(over)) == (cardwire.Level.INFO, over.text)
    assert over.text.startswith(f"call_ended call={begun.call} operation=recognize vendor=wechat")
    assert isinstance(token, TokenRefreshed) and token.failure is None
    assert isinstance(started, AttemptStarted)
    assert (started.operation, started.order_id, started.attempt) == (
        Operation.RECOGNIZE,
        card.order_id,
        1,
    )
    assert isinstance(ended, AttemptEnded)
    assert (ended.sent, ended.failure, ended.vendor) == (Sent.YES, None, Vendor.WECHAT)
    assert (ended.billed, ended.http_status) == (Billed.YES, 200)
    assert started.server_address == "127.0.0.1"
    assert CARD not in repr(events)


def test_an_event_callback_may_call_the_client_and_may_raise(
    sandbox: Sandbox, photo: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", lambda report: raised.append(report.exc_type))
    seen: list[str] = []

    def observer(event: cardwire.Event) -> None:
        if isinstance(event, AttemptStarted) and not seen:
            seen.append("busy")
            seen.append(client.verify(CARD, NAME, ID_NUMBER, vendor="aliyun_yhkr").outcome.value)
            raise ValueError("an observer's own mistake")

    client = Client(sandbox.config, on_event=observer)
    assert client.recognize(photo, vendor="aliyun_bankocr").card_number == CARD
    client.close()
    assert seen == ["busy", "match"]
    assert raised == [ValueError]


def test_local_checks(photo: bytes, photo_path: Path, sandbox: Sandbox) -> None:
    assert cardwire.check_card_number(CARD) == cardwire.CardNumberCheck(True, True)
    assert cardwire.check_card_number("6222 0200 0000 0000 001") == cardwire.CardNumberCheck(
        True, False
    )
    assert cardwire.check_card_number("x") == cardwire.CardNumberCheck(False, False)
    assert cardwire.check_id_number(ID_NUMBER) == cardwire.IdNumberCheck(True, True, True)
    assert cardwire.mask_card_number(CARD) == "622202*********0000"
    assert cardwire.mask_card_number("张三") == "***"
    check = cardwire.check_image(photo_path)
    assert (check.format, check.width, check.height) == (cardwire.ImageFormat.JPEG, 1200, 760)
    assert (check.bytes, check.look) == (len(photo), None)
    looked = cardwire.check_image(photo_path, look=True)
    assert looked.look is cardwire.PhotoLook.READABLE and looked.vendors == check.vendors
    assert CARD not in repr(looked)
    with pytest.raises(cardwire.InvalidArgumentError):
        cardwire.check_image(photo[:-2000], look=True)
    assert set(check.vendors) >= {"tencent_kyc", "wechat", "aliyun_bankocr"}
    assert set(check.vendors.values()) == {None}
    large = cardwire.check_image(photo + bytes(3 * 1024 * 1024))
    assert large.vendors[Vendor.WECHAT].kind is Kind.INVALID_ARGUMENT  # type: ignore[union-attr]
    assert large.vendors[Vendor.ALIYUN_BANKOCR] is not None
    for refused in (b"", b"GIF89a", b"text", str(photo_path) + ".none"):
        with pytest.raises(cardwire.InvalidArgumentError) as caught:
            cardwire.check_image(refused)
        assert caught.value.argument == "image"
    assert sandbox.connections() == 0


def test_warnings_have_kinds() -> None:
    warning = PhotoWarning(WarningKind.OTHER, "-9199")
    assert warning.to_dict() == {"kind": "other", "code": "-9199"}


def failure(config: Dict[str, Any], photo: Optional[bytes] = None, **options: Any) -> CardwireError:
    """The error of a call made once; a photo is recognized, else a cardholder verified."""
    config = {**config, "retry": {"attempts": 1}}
    with Client(config) as client, pytest.raises(CardwireError) as caught:
        if photo is not None:
            client.recognize(photo, **options)
        else:
            client.verify(CARD, NAME, ID_NUMBER, **options)
    error = caught.value
    assert error.cause is not None and str(error.cause) in str(error.__cause__)
    assert error.to_dict()["cause"] == error.cause.to_dict()
    copied = pickle.loads(pickle.dumps(error))
    assert copied.cause == error.cause
    assert (type(copied.__cause__), str(copied.__cause__)) == (
        type(error.__cause__),
        str(error.__cause__),
    )
    return error


def to(url: str, **changes: Any) -> Dict[str, Any]:
    entry = {"vendor": "aliyun_yhkr", "app_code": "code", "base_url": url}
    return {"vendors": [{**entry, "allow_insecure_http": True}], **changes}


def test_a_cause_is_told_and_chained_as_python_s_own() -> None:
    error = failure(to("http://127.0.0.1:1"))
    cause = error.cause
    assert cause is not None and error.kind is Kind.NETWORK
    assert (cause.step, cause.host, cause.port) == ("connect", "127.0.0.1", 1)
    assert cause.os_error == errno.ECONNREFUSED and "refused" in cause.reason
    assert isinstance(error.__cause__, ConnectionRefusedError)
    assert error.__cause__.errno == errno.ECONNREFUSED
    # The address of everybody in a network, to which no system makes a connection.
    error = failure(to("http://255.255.255.255:9"))
    assert error.cause is not None and error.cause.step == "connect"
    assert isinstance(error.__cause__, OSError)
    assert error.__cause__.errno == error.cause.os_error == errno.ENETUNREACH
    error = failure(to("https://" + "x" * 64 + ".invalid"))
    assert error.cause is not None and error.cause.step == "resolve"
    assert isinstance(error.__cause__, socket.gaierror)


def test_a_proxy_s_refusal_is_chained_and_not_repeated() -> None:
    asked: List[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(self.path)
            self.send_response(407)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever).start()
        proxy = f"http://someone:not-a-secret-word@127.0.0.1:{server.server_port}"
        config = to("https://vendor.example", proxy=proxy, retry={"attempts": 3, "base_ms": 1})
        with Client(config) as client, pytest.raises(cardwire.NetworkError) as caught:
            client.verify(CARD, NAME, ID_NUMBER)
        server.shutdown()
    error = caught.value
    assert asked == ["vendor.example:443"]
    assert error.cause is not None and error.sent == Sent.NO
    assert (error.cause.step, error.cause.port) == ("proxy", server.server_port)
    assert error.cause.reason == 'status 407: the user and password in "proxy" are refused'
    assert type(error.__cause__) is ConnectionError and str(error.__cause__) == str(error.cause)
    shown = f"{error} {error!r} {error.to_dict()} {error.__cause__!r}"
    assert "someone" not in shown and "not-a-secret-word" not in shown


@pytest.mark.parametrize(
    "certificate, reason",
    [
        ("good", "no authority that this machine trusts signed it; name your own in ca_file"),
        ("wrong_host", "it is for another name"),
        ("expired", "it has expired"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_chained(
    tmp_path: Path, certificate: str, reason: str
) -> None:
    sandbox = Sandbox("--tls", str(tmp_path), "--certificate", certificate)
    config = sandbox.config_for("aliyun_yhkr")
    if certificate == "good":
        with Client(config) as client:
            assert client.verify(CARD, NAME, ID_NUMBER).outcome is Outcome.MATCH
        del config["ca_file"]
    error = failure(config)
    sandbox.stop()
    assert error.cause is not None and (error.kind, error.cause.step) == (Kind.NETWORK, "tls")
    assert error.cause.reason == f"the certificate is refused: {reason}"
    assert isinstance(error.__cause__, ssl.SSLError)


def test_a_connection_that_breaks_is_chained(sandbox: Sandbox, photo: bytes) -> None:
    # More than the system takes before the vendor reads.
    large = photo + bytes(8 * 1024 * 1024)
    sandbox.script("aliyun_ocr", fault={"kind": "reset_after_headers"})
    error = failure(sandbox.config_for("aliyun_ocr"), large)
    assert error.cause is not None and (error.cause.step, error.sent) == ("send", Sent.NO)
    assert isinstance(error.__cause__, (ConnectionResetError, BrokenPipeError))
    sandbox.script("aliyun_yhkr", fault={"kind": "reset_after_read"})
    error = failure(sandbox.config_for("aliyun_yhkr"))
    assert error.cause is not None and (error.cause.step, error.sent) == ("receive", Sent.UNKNOWN)
    assert isinstance(error.__cause__, ConnectionResetError)
    sandbox.script("aliyun_yhkr", fault={"kind": "close_after_read"})
    error = failure(sandbox.config_for("aliyun_yhkr"))
    assert error.cause is not None and (error.cause.step, error.sent) == ("receive", Sent.UNKNOWN)
    assert error.cause.reason == "the server closed the connection"
    assert type(error.__cause__) is ConnectionError


def test_a_deadline_is_chained_as_python_s_own_timeout(sandbox: Sandbox) -> None:
    sandbox.script("aliyun_yhkr", fault={"kind": "never_answer"})
    error = failure(sandbox.config_for("aliyun_yhkr"), timeout=1)
    assert error.cause is not None and (error.kind, error.cause.step) == (Kind.TIMEOUT, "receive")
    assert isinstance(error.__cause__, TimeoutError)
