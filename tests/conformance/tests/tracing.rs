//! Calls as spans of the crate `tracing`, seen by a layer that keeps them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use cardwire::schema::RECORDS;
use cardwire::{AsyncClient, BatchOptions, CallOptions, Cardholder, Client, Config, Kind};
use cardwire_conformance::transport;
use cardwire_sandbox::{Action, Operation, Options, Sandbox, Script, Vendor};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Instrument as _, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

#[derive(Clone, Debug, Default)]
struct SpanRecord {
    name: &'static str,
    parent: Option<u64>,
    fields: BTreeMap<&'static str, String>,
    /// The level and the fields of each event in it.
    events: Vec<(String, BTreeMap<&'static str, String>)>,
    is_closed: bool,
}

impl SpanRecord {
    /// Returns the level and the fields of the events of that name.
    fn events<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = &'a (String, BTreeMap<&'static str, String>)> {
        self.events.iter().filter(move |(_, fields)| fields["message"] == name)
    }
}

/// The spans by their numbers.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<BTreeMap<u64, SpanRecord>>>);

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collector {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let parent = span.parent().map(|parent| parent.id().into_u64());
        let mut record = SpanRecord { name: span.name(), parent, ..SpanRecord::default() };
        attributes.record(&mut Fields(&mut record.fields));
        self.0.lock().unwrap().insert(id.into_u64(), record);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut Fields(
            &mut self.0.lock().unwrap().get_mut(&id.into_u64()).unwrap().fields,
        ));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let within = context.event_span(event).map(|span| span.id().into_u64());
        let level = event.metadata().level().to_string();
        assert_eq!(event.metadata().target(), "cardwire");
        assert_has_every_attribute(event);
        self.0.lock().unwrap().get_mut(&within.unwrap()).unwrap().events.push((level, fields));
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.0.lock().unwrap().get_mut(&id.into_u64()).unwrap().is_closed = true;
    }
}

/// An event has a field for each attribute that the span around it does not have.
fn assert_has_every_attribute(event: &Event<'_>) {
    let contract: Value = serde_json::from_str(&cardwire::bindings::contract()).unwrap();
    let of_span = ["call_started", "call_ended", "attempt_started", "attempt_ended"];
    let fields = RECORDS
        .iter()
        .filter(|record| record.fields.iter().any(|field| field.name == "event"))
        .filter(|record| !of_span.contains(&record.name))
        .flat_map(|record| record.fields)
        .filter(|field| !["call", "operation"].contains(&field.name));
    for field in fields {
        let Some(attribute) = contract["telemetry"]["attributes"][field.name].as_str() else {
            continue;
        };
        assert!(event.metadata().fields().field(attribute).is_some(), "{attribute}");
    }
}

impl Collector {
    fn named(&self, name: &str) -> Vec<(u64, SpanRecord)> {
        let spans = self.0.lock().unwrap();
        spans
            .iter()
            .filter(|(_, record)| record.name == name)
            .map(|(id, record)| (*id, record.clone()))
            .collect()
    }
}

fn zhang() -> Cardholder {
    Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014")
}

fn client(sandbox: &Sandbox) -> Client {
    let config = Config::from_json(&sandbox.config().to_string()).unwrap();
    Client::with_tracing(transport::chosen(config))
}

/// Everything in one test: a subscriber for all threads is set once in a process.
#[test]
fn a_call_is_a_span_with_its_attempts_in_the_span_of_its_caller() {
    let collector = Collector::default();
    let subscriber = tracing_subscriber::registry().with(collector.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let client = client(&sandbox);

    let expired = Action::code("400101").executes(false);
    sandbox.script(Script::once(Vendor::TencentKyc, Operation::Recognize, expired));
    let photo = cardwire_test_images::load("icbc-debit.jpg");
    let card = {
        let _request = tracing::info_span!("request").entered();
        client.recognize(photo, &CallOptions::new().vendor("tencent_kyc")).unwrap()
    };
    let (request, _) = collector.named("request").remove(0);
    let (id, call) = collector.named("cardwire.recognize").remove(0);
    assert_eq!((call.parent, call.is_closed), (Some(request), true));
    assert_eq!(call.fields["cardwire.order_id"], card.order_id().unwrap());
    assert_eq!((&*call.fields["otel.kind"], &*call.fields["cardwire.billed"]), ("client", "yes"));
    assert_eq!(call.fields.get("error.type"), None);
    let attempts = collector.named("cardwire.attempt");
    let [(_, first), (_, second)] = &attempts[..] else { panic!("{attempts:?}") };
    assert_eq!((first.parent, second.parent), (Some(id), Some(id)));
    assert!(first.is_closed && second.is_closed);
    assert_eq!(first.fields["error.type"], "unauthenticated");
    assert_eq!(first.fields["otel.status_code"], "ERROR");
    assert_eq!(second.fields["http.response.status_code"], "200");
    assert_eq!(second.fields["server.address"], "127.0.0.1");
    let (level, fields) = call.events.last().unwrap();
    assert_eq!((&**level, &*fields["message"]), ("INFO", "call_ended"));
    assert!(fields["cardwire.milliseconds"].parse::<u64>().is_ok());
    let (_, token) = call.events("token_refreshed").next().unwrap();
    assert_eq!(token["cardwire.account"], "tencent_kyc");
    assert!(!token.contains_key("error.type"));

    // The attributes are those that every language has.
    let contract: Value = serde_json::from_str(&cardwire::bindings::contract()).unwrap();
    let names: Vec<&str> = contract["telemetry"]["attributes"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(Value::as_str)
        .collect();
    let of_events = call.events.iter().flat_map(|(_, fields)| fields.keys());
    for name in call.fields.keys().chain(second.fields.keys()).chain(of_events) {
        let is_known = names.contains(name) || name.starts_with("otel.") || *name == "message";
        assert!(is_known, "{name}");
    }
    for wanted in ["cardwire.attempts", "cardwire.sent", "cardwire.request_id", "cardwire.call"] {
        assert!(call.fields.contains_key(wanted), "{wanted}");
    }

    // Futures, each in a span of its own; and a batch.
    let futures = AsyncClient::from(client.clone());
    let calls = (0..4).map(|_| {
        let call = futures.verify(zhang(), &CallOptions::new().vendor("aliyun_yhkr"));
        call.instrument(tracing::info_span!("task"))
    });
    let results = futures_executor::block_on(futures_util::future::join_all(calls));
    assert!(results.iter().all(Result::is_ok));
    let mut tasks: Vec<Option<u64>> =
        collector.named("task").into_iter().map(|(id, _)| Some(id)).collect();
    let mut parents: Vec<Option<u64>> =
        collector.named("cardwire.verify").into_iter().map(|(_, call)| call.parent).collect();
    tasks.sort_unstable();
    parents.sort_unstable();
    assert_eq!(parents, tasks);
    let of_batch = {
        let _night = tracing::info_span!("night run").entered();
        let options = BatchOptions::new().call(CallOptions::new().vendor("tencent_faceid"));
        client.verify_many(vec![zhang(); 3], &options).count()
    };
    let (night, _) = collector.named("night run").remove(0);
    let spans = collector.named("cardwire.verify");
    assert_eq!(of_batch, spans.iter().filter(|(_, call)| call.parent == Some(night)).count());

    // A refusal, and nothing of the cardholder anywhere.
    let refused = client.lookup_card("622202", &CallOptions::new()).unwrap_err();
    assert_eq!(refused.kind(), Kind::InvalidArgument);
    let (_, call) = collector.named("cardwire.lookup_card").remove(0);
    assert_eq!((&*call.fields["error.type"], call.is_closed), ("invalid_argument", true));
    let (level, refusal) = call.events("request_refused").next().unwrap();
    assert_eq!((&**level, &*refusal["cardwire.reason"]), ("WARN", "argument"));
    let everything = format!("{:?}", collector.0.lock().unwrap());
    for personal in ["6222020000000000000", "张三", "110101190001010014"] {
        assert!(!everything.contains(personal));
    }
}
