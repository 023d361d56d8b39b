//! Results of core as documents with the names that they have in JavaScript, written in one go: most
//! calls end with one.

use bytes::Bytes;
use cardwire::{
    CallFacts, CardLookup, LookupReason, Order, Reason, Recognition, ValidThru, Vendor,
    Verification, Warning,
};

use crate::document::Document;
use crate::messages::{Answer, AnswerBytes};

fn put_facts(document: &mut Document, facts: &CallFacts) {
    document.put("vendor", &facts.vendor.map(Vendor::name));
    document.put("account", &facts.account);
    document.put("orderId", &facts.order_id);
    document.put("requestId", &facts.request_id);
    document.put("gatewayRequestId", &facts.gateway_request_id);
    document.put("transactionTime", &facts.transaction_time);
    document.put("sent", facts.sent.slug());
    document.put("billed", facts.billed.slug());
    document.put_each("attempts", &facts.attempts, |document, attempt| {
        document.put("vendor", attempt.vendor.name());
        document.put("account", &attempt.account);
        document.put("orderId", &attempt.order_id);
        document.put("outcome", attempt.outcome());
        document.put("vendorCode", &attempt.vendor_code);
        document.put("sent", attempt.sent.slug());
        document.put("billed", attempt.billed.slug());
        document.put("milliseconds", &attempt.duration.as_millis());
    });
}

fn put_card(
    document: &mut Document,
    valid_thru: Option<&ValidThru>,
    clarity: Option<u8>,
    warnings: &[Warning],
) {
    match valid_thru {
        None => document.put("validThru", &()),
        Some(valid) => document.put_object("validThru", |document| {
            document.put("year", &valid.year);
            document.put("month", &valid.month);
            document.put("printed", &valid.printed);
        }),
    }
    document.put("clarity", &clarity);
    document.put_each("warnings", warnings, |document, warning| {
        document.put("kind", warning.kind.slug());
        document.put("code", &warning.code);
    });
}

macro_rules! answer {
    ($type:ty, photos [$($photo:ident as $name:literal),*], $put:expr) => {
        impl Answer for $type {
            fn take_bytes(&mut self) -> AnswerBytes {
                let photos: Vec<Option<(&'static str, Bytes)>> =
                    vec![$(self.$photo.take().map(|photo| ($name, photo.reveal().clone()))),*];
                let raw = std::mem::take(&mut self.raw).reveal().clone();
                AnswerBytes { photos: photos.into_iter().flatten().collect(), raw }
            }

            fn document(&self) -> String {
                Document::written(|document| {
                    put_facts(document, &self.facts);
                    let put: fn(&mut Document, &$type) = $put;
                    put(document, self);
                })
            }
        }
    };
}

answer!(Recognition, photos [number_photo as "numberPhoto"], |document, card| {
    document.put("cardNumber", card.card_number.reveal());
    put_card(document, card.valid_thru.as_ref(), card.clarity, &card.warnings);
    document.put("issuer", &card.issuer);
    document.put("cardName", &card.card_name);
    document.put("cardKind", card.card_kind.slug());
});

answer!(
    Order,
    photos [
        original_photo as "originalPhoto",
        card_photo as "cardPhoto",
        number_photo as "numberPhoto"
    ],
    |document, order| {
        document.put("cardNumber", &order.card_number.as_ref().map(|number| number.reveal()));
        put_card(document, order.valid_thru.as_ref(), order.clarity, &order.warnings);
        document.put("operatedAt", &order.operated_at);
    }
);

answer!(Verification, photos [], |document, verified| {
    document.put("outcome", verified.outcome.slug());
    document.put("reason", &verified.reason.map(Reason::slug));
    document.put("vendorCode", &verified.vendor_code);
    document.put("description", verified.description.reveal());
});

answer!(CardLookup, photos [], |document, lookup| {
    document.put("found", &lookup.found);
    document.put("reason", &lookup.reason.map(LookupReason::slug));
    document.put("issuer", &lookup.issuer);
    document.put("cardKind", lookup.card_kind.slug());
    document.put("vendorCode", &lookup.vendor_code);
    document.put("description", &lookup.description);
});
