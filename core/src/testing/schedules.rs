//! Calls in virtual time, over random schedules and over every sequence of the first events.

use std::time::Duration;

use super::scripted::{ExhaustiveChoices, RandomChoices};
use super::world::{Setting, World, markets};
use crate::decision::Failover;

/// How many schedules are drawn where `CARDWIRE_SCHEDULES` does not say.
pub(super) const SCHEDULES: u64 = 200_000;

/// After so many events of an enumerated schedule everything takes its ordinary course.
const EVENTS: usize = 5;

pub(super) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// `CARDWIRE_SCHEDULES` says how many, `CARDWIRE_SCHEDULE` plays one again.
#[test]
fn whatever_happens_a_call_is_executed_once_and_says_what_it_cost() {
    let play = |seed: u64| {
        let mut choices = RandomChoices::new(seed);
        let setting = Setting::choose(&mut choices);
        World::new(&mut choices, setting, seed).play(|_, _| {});
    };
    if let Some(seed) = number("CARDWIRE_SCHEDULE") {
        return play(seed);
    }
    let count = number("CARDWIRE_SCHEDULES").unwrap_or(SCHEDULES);
    for seed in 0..count {
        let played = std::panic::catch_unwind(|| play(seed));
        assert!(played.is_ok(), "CARDWIRE_SCHEDULE={seed} plays it again");
    }
    println!("{count} schedules");
}

#[test]
fn every_sequence_of_up_to_five_events() {
    let mut count = 0_u64;
    for market in markets() {
        for (has_journal, also) in [(false, None), (true, Some(Failover::VendorFailed))] {
            let mut every = ExhaustiveChoices::new();
            loop {
                let setting = Setting {
                    market,
                    timeout: Duration::from_secs(60),
                    least: Duration::from_secs(3),
                    attempts: 3,
                    has_journal,
                    routes: market.vendors.iter().map(|(vendor, _)| *vendor).collect(),
                    also: also.into_iter().collect(),
                    renews: true,
                    keeps_orders: true,
                    fits_photo: false,
                };
                let mut world = World::new(&mut every, setting, 0);
                world.play(|every, events| every.counts = events <= EVENTS);
                count += 1;
                if !every.turn() {
                    break;
                }
            }
        }
    }
    // Fewer would mean that some event is not tried any more.
    assert_eq!(count, 357_000);
}
