"""What results and errors look like, and that nothing in the package drifts from the library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import json
import pickle
from datetime import timedelta
from typing import Any, Dict

import cardwire
import pytest
from cardwire import Client, Kind, Outcome, _native
from cardwire._records import _HIDDEN, _JSON_NAMES

from conftest import CARD, ID_NUMBER, NAME, Sandbox, marked

CONTRACT = json.loads(_native.contract())


def test_each_kind_has_its_class() -> None:
    classes = cardwire.CardwireError.__subclasses__()
    found = [(cls.kind.value, cls.code) for cls in classes]
    assert found == [(kind["kind"], kind["number"]) for kind in CONTRACT["kinds"]]
    assert [kind.value for kind in Kind] == [kind["kind"] for kind in CONTRACT["kinds"]]
    for cls in classes:
        words = cls.kind.value.split("_")
        name = "".join(word.capitalize() for word in words if word != "error") + "Error"
        assert cls.__name__ == name and getattr(cardwire, name) is cls
        assert cls.__doc__


@pytest.mark.parametrize(
    ("enum", "name"),
    [
        (cardwire.Operation, "operations"),
        (cardwire.OrderStatus, "order_statuses"),
        (cardwire.Outcome, "outcomes"),
        (cardwire.Reason, "reasons"),
        (cardwire.LookupReason, "lookup_reasons"),
        (cardwire.CardKind, "card_kinds"),
        (cardwire.IssuerSource, "issuer_sources"),
        (cardwire.WarningKind, "warning_kinds"),
        (cardwire.ImageFormat, "image_formats"),
        (cardwire.PhotoLook, "photo_looks"),
        (cardwire.Sent, "sent"),
        (cardwire.Billed, "billed"),
        (cardwire.AskReason, "ask_reasons"),
    ],
)
def test_each_list_is_the_librarys(enum: Any, name: str) -> None:
    assert [value.value for value in enum] == list(CONTRACT[name])
    assert [value.name for value in enum] == [slug.upper() for slug in CONTRACT[name]]
    for value in enum:
        assert value == value.value and f"{value}" == str(value) == value.value


def test_vendors_are_the_librarys() -> None:
    assert [vendor.value for vendor in cardwire.Vendor] == [
        vendor["vendor"] for vendor in CONTRACT["vendors"]
    ]


RECORDS: Dict[str, Any] = {
    "recognition": cardwire.Recognition,
    "verification": cardwire.Verification,
    "card_lookup": cardwire.CardLookup,
    "order": cardwire.Order,
    "call_facts": cardwire.CallFacts,
    "image_fitted": cardwire.ImageFitted,
    "attempt": cardwire.Attempt,
    "cause": cardwire.Cause,
    "valid_thru": cardwire.ValidThru,
    "warning": cardwire.PhotoWarning,
    "point": cardwire.Point,
    "number_candidate": cardwire.NumberCandidate,
    "issuer": cardwire.Issuer,
    "order_record": cardwire.OrderRecord,
    "image_check": cardwire.ImageCheck,
    "card_number_check": cardwire.CardNumberCheck,
    "id_number_check": cardwire.IdNumberCheck,
    "account_health": cardwire.AccountHealth,
    "account_block": cardwire.AccountBlock,
    "call_started": cardwire.CallStarted,
    "call_ended": cardwire.CallEnded,
    "request_refused": cardwire.RequestRefused,
    "rate_permit_waited": cardwire.RatePermitWaited,
    "quota_unit_taken": cardwire.QuotaUnitTaken,
    "breaker_changed": cardwire.BreakerChanged,
    "attempt_started": cardwire.AttemptStarted,
    "attempt_ended": cardwire.AttemptEnded,
    "order_written": cardwire.OrderWritten,
    "token_refreshed": cardwire.TokenRefreshed,
}


def test_each_field_of_the_library_is_one_of_the_class() -> None:
    own = {"error", "vendor_check"}
    assert set(CONTRACT["records"]) == {*RECORDS, *own}
    for name, record in RECORDS.items():
        fields = [_JSON_NAMES.get(field.name, field.name) for field in dataclasses.fields(record)]
        if "facts" in fields:
            facts = CONTRACT["records"]["call_facts"]
            fields = [*fields, *(field["name"] for field in facts)]
            fields.remove("facts")
        theirs = [field["name"] for field in CONTRACT["records"][name]]
        assert sorted(fields) == sorted(set(theirs) - {"event"}), name
    error = [field["name"] for field in CONTRACT["records"]["error"]]
    told = cardwire.InternalError("m").to_dict()
    assert sorted(told) == sorted(set(error) - {"text", "order", "candidates"})


def test_personal_fields_are_masked() -> None:
    for name, record in RECORDS.items():
        annotations = {field.name: field.type for field in dataclasses.fields(record)}
        for field in CONTRACT["records"][name]:
            if field["personal"]:
                assert field["name"] in _HIDDEN or "bytes" in annotations[field["name"]], name


def test_facts_are_one_object_of_results_and_errors(client: Client) -> None:
    answer = client.verify(CARD, NAME, ID_NUMBER, order_id="pyfacts1")
    with pytest.raises(cardwire.CardwireError) as caught:
        client.recognize(b"x")
    for told in (answer, caught.value):
        for field in dataclasses.fields(cardwire.CallFacts):
            assert getattr(told, field.name) == getattr(told.facts, field.name)
        assert told.to_dict()["attempts"] == told.facts.to_dict()["attempts"]
    assert answer.facts.order_id == "pyfacts1" and answer.facts.attempts[0].outcome == "ok"
    assert caught.value.facts.sent is cardwire.Sent.NO and caught.value.facts.attempts == ()


def test_each_operation_is_a_method_of_both_clients() -> None:
    for operation in CONTRACT["operations"]:
        blocking = inspect.signature(getattr(Client, operation))
        for other in (
            getattr(Client, f"{operation}_async"),
            getattr(cardwire.AsyncClient, operation),
        ):
            # Those for asyncio take files that are awaited, too.
            ours, theirs = (
                [str(one).replace("AsyncImage", "Image") for one in one_of.parameters.values()][1:]
                for one_of in (blocking, inspect.signature(other))
            )
            assert ours == theirs
            assert inspect.signature(other).return_annotation == blocking.return_annotation
            assert inspect.iscoroutinefunction(other)
    for batch in ("recognize_many", "verify_many"):
        ours = inspect.signature(getattr(Client, batch)).parameters
        theirs = inspect.signature(getattr(cardwire.AsyncClient, batch)).parameters
        assert list(ours) == list(theirs)


def test_everything_public_is_documented() -> None:
    assert sorted(cardwire.__all__) == sorted(set(cardwire.__all__))
    for name in cardwire.__all__:
        item = getattr(cardwire, name)
        if inspect.isclass(item) or inspect.isfunction(item):
            assert item.__doc__ and not item.__doc__.startswith(f"{name}("), name
        if inspect.isclass(item):
            for attribute, value in vars(item).items():
                if not attribute.startswith("_") and callable(value):
                    assert value.__doc__, f"{name}.{attribute}"


def test_repr_masks(client: Client, photo: bytes) -> None:
    card = client.recognize(marked(photo, name=NAME), vendor="aliyun_bankocr")
    order_id = client.recognize(photo, vendor="tencent_kyc").order_id
    assert order_id is not None
    shown = [
        repr(card),
        repr(client.verify(CARD, NAME, ID_NUMBER, vendor="aliyun_yhkr")),
        repr(client.lookup_card(CARD)),
        repr(client.fetch_order(order_id)),
        repr(cardwire.Cardholder(CARD, NAME, ID_NUMBER, "13800000000")),
        repr(cardwire.ImageUrl("https://cards.example/?token=secret")),
        repr(cardwire.BatchInput(cardwire.Cardholder(CARD, NAME, ID_NUMBER), reference="row 1")),
        repr(cardwire.BatchInput(bytearray(photo), reference="row 2")),
        repr(cardwire.BatchInput(f"photos/{NAME}.jpg", order_id="pyrepr1")),
        repr(cardwire.BatchResult(0, card)),
        repr(client),
    ]
    for text in shown:
        for hidden in (CARD, CARD[:9], NAME, ID_NUMBER, "13800000000", "secret", "\\xff\\xd8"):
            assert hidden not in text
    assert "order_id=" in shown[0] and "card_number='***'" in shown[0]


def test_errors_show_no_personal_data(client: Client) -> None:
    for call in (
        lambda: client.verify("62220200000000000001234", NAME, ID_NUMBER),
        lambda: client.verify(CARD, NAME, "11010119000101001?", vendor="aliyun_yhkr"),
        lambda: client.verify("6222020000000000000\x00", NAME + "\n", ID_NUMBER),
        lambda: client.lookup_card("6222020000000000000x"),
    ):
        with pytest.raises(cardwire.InvalidArgumentError) as caught:
            call()
        error = caught.value
        for text in (str(error), repr(error), json.dumps(error.to_dict()), repr(error.__dict__)):
            assert "62220200000" not in text and NAME not in text and "110101" not in text
        assert error.argument in ("card_number", "name", "id_number")


def test_results_are_frozen_values(client: Client, photo: bytes) -> None:
    card = client.recognize(photo, vendor="tencent_kyc")
    with pytest.raises(AttributeError):
        card.card_number = "x"  # type: ignore[misc]
    for same in (pickle.loads(pickle.dumps(card)), copy.deepcopy(card), copy.copy(card)):
        assert same == card and same.to_dict() == card.to_dict()
    assert len({card, copy.copy(card)}) == 1
    assert json.loads(json.dumps(card.to_dict())) == card.to_dict()


def test_a_verification_has_no_truth_value(client: Client) -> None:
    answer = client.verify(CARD, "李四", ID_NUMBER)
    with pytest.raises(TypeError, match="no truth value"):
        if answer:
            pass
    with pytest.raises(TypeError, match="no truth value"):
        bool(answer.outcome)
    assert answer.outcome is not Outcome.MATCH


def test_errors_pickle(client: Client, photo: bytes) -> None:
    with pytest.raises(cardwire.CardwireError) as caught:
        client.recognize(marked(photo, answer={"wechat": "45011"}), vendor="wechat")
    error = caught.value
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(same) is type(error)
        assert same.to_dict() == error.to_dict() and str(same) == str(error)
    assert error.retry_after == timedelta(seconds=60)


def test_a_client_does_not_pickle_or_copy(client: Client, sandbox: Sandbox) -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="one in each process"):
            attempt(client)
        with pytest.raises(TypeError, match="one in each process"):
            attempt(cardwire.AsyncClient(sandbox.config))
    with pytest.raises(TypeError):
        pickle.dumps(client._native)


def test_a_bug_in_the_library_is_an_internal_error() -> None:
    from cardwire._errors import read_error

    document = {
        **cardwire.InternalError("m").to_dict(),
        "text": "internal: m",
        "candidates": [],
        "sent": "unknown",
        "billed": "unknown",
    }
    error = read_error(json.dumps(document), None)
    assert type(error) is cardwire.InternalError and error.code == 99 and str(error) == "internal: m"
    assert (error.sent, error.billed) == (cardwire.Sent.UNKNOWN, cardwire.Billed.UNKNOWN)
    assert error.attempts == () and error.vendor is None
