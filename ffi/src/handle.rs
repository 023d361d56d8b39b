//! The table behind the pointers that C programs hold.
//!
//! Such a pointer is a number, never an address: type (8 bits), generation (24 bits), index
//! (32 bits). A handle that was freed, has another type or was made up is told from a live one
//! without touching memory that is not ours. Nothing here takes a lock, so a forked child never
//! inherits one locked.

use std::any::Any;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use once_cell::race::OnceBox;

use crate::error::Failure;

/// A pointer type of the header and what stands behind it.
pub(crate) trait Opaque: Sized + 'static {
    /// The Rust side.
    type Object: Any + Send + Sync;
    /// Tells the handles of this type from all others; never 0, never reused.
    const TYPE: u8;
}

const INDEX_BITS: u32 = 32;
const GENERATION_BITS: u32 = 24;
const LAST_GENERATION: u32 = (1 << GENERATION_BITS) - 1;

/// Segment `n` holds `64 << n` slots; 26 of them hold nearly 2^32. They are never moved or freed.
const FIRST_SEGMENT_BITS: u32 = 6;
const SEGMENTS: usize = 26;
const SLOTS: u32 = (((1_u64 << SEGMENTS) - 1) << FIRST_SEGMENT_BITS) as u32;

struct Entry {
    handle: u64,
    object: Arc<dyn Any + Send + Sync>,
}

#[derive(Default)]
struct Slot {
    entry: ArcSwapOption<Entry>,
    /// The generation last handed out.
    generation: AtomicU32,
    /// In the list of free slots: the next one's index plus 1, or 0.
    next: AtomicU32,
}

struct Table {
    segments: [OnceBox<Vec<Slot>>; SEGMENTS],
    /// How many slots were ever used.
    used: AtomicU32,
    /// The first free slot's index plus 1, or 0, below a counter that keeps a slow thread from
    /// taking a list that changed for the one it looked at.
    free: AtomicU64,
}

static TABLE: Table = Table::new();

fn compose(kind: u8, generation: u32, index: u32) -> u64 {
    u64::from(kind) << (GENERATION_BITS + INDEX_BITS)
        | u64::from(generation) << INDEX_BITS
        | u64::from(index)
}

fn type_of(handle: u64) -> u8 {
    (handle >> (GENERATION_BITS + INDEX_BITS)) as u8
}

fn index_of(handle: u64) -> u32 {
    handle as u32
}

impl Table {
    const fn new() -> Self {
        Table {
            segments: [const { OnceBox::new() }; SEGMENTS],
            used: AtomicU32::new(0),
            free: AtomicU64::new(0),
        }
    }

    /// Returns the segment of an index, its number of slots and the offset in it.
    fn locate(index: u32) -> (usize, usize, usize) {
        let shifted = u64::from(index) + (1 << FIRST_SEGMENT_BITS);
        let bits = shifted.ilog2();
        let size = 1_u64 << bits;
        ((bits - FIRST_SEGMENT_BITS) as usize, size as usize, (shifted - size) as usize)
    }

    fn slot(&self, index: u32) -> Option<&Slot> {
        let (segment, _, offset) = Table::locate(index);
        self.segments.get(segment)?.get()?.get(offset)
    }

    fn slot_or_made(&self, index: u32) -> Option<&Slot> {
        let (segment, size, offset) = Table::locate(index);
        let make = || Box::new(std::iter::repeat_with(Slot::default).take(size).collect());
        self.segments.get(segment)?.get_or_init(make).get(offset)
    }

    fn insert(&self, kind: u8, object: Arc<dyn Any + Send + Sync>) -> Option<u64> {
        let index = self.pop().or_else(|| self.extend())?;
        let slot = self.slot_or_made(index)?;
        let generation = slot.generation.load(Ordering::Relaxed) + 1;
        slot.generation.store(generation, Ordering::Relaxed);
        let handle = compose(kind, generation, index);
        slot.entry.store(Some(Arc::new(Entry { handle, object })));
        Some(handle)
    }

    fn entry(&self, handle: u64) -> Option<Arc<Entry>> {
        let entry = self.slot(index_of(handle))?.entry.load_full()?;
        (entry.handle == handle).then_some(entry)
    }

    fn remove(&self, handle: u64) -> Option<Arc<Entry>> {
        let entry = self.entry(handle)?;
        let slot = self.slot(index_of(handle))?;
        let previous = slot.entry.compare_and_swap(&entry, None);
        if !previous.as_ref().is_some_and(|previous| Arc::ptr_eq(previous, &entry)) {
            // Another thread freed it first.
            return None;
        }
        if slot.generation.load(Ordering::Relaxed) < LAST_GENERATION {
            self.push(index_of(handle), slot);
        }
        Some(entry)
    }

    /// Returns a slot that was never used.
    fn extend(&self) -> Option<u32> {
        let more = |used: u32| (used < SLOTS).then(|| used + 1);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()
    }

    fn push(&self, index: u32, slot: &Slot) {
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            slot.next.store(head as u32, Ordering::Relaxed);
            let fresh = next_count(head) | u64::from(index + 1);
            match self.free.compare_exchange_weak(head, fresh, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return,
                Err(current) => head = current,
            }
        }
    }

    fn pop(&self) -> Option<u32> {
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            let index = (head as u32).checked_sub(1)?;
            let next = self.slot(index)?.next.load(Ordering::Relaxed);
            let fresh = next_count(head) | u64::from(next);
            match self.free.compare_exchange_weak(head, fresh, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return Some(index),
                Err(current) => head = current,
            }
        }
    }
}

fn next_count(head: u64) -> u64 {
    ((head >> INDEX_BITS).wrapping_add(1)) << INDEX_BITS
}

/// Takes an object in and gives the handle that C sees.
pub(crate) fn insert<P: Opaque>(object: P::Object) -> Result<*mut P, Failure> {
    let handle = TABLE.insert(P::TYPE, Arc::new(object));
    let handle = handle.ok_or_else(|| Failure::internal("there are no handles left"))?;
    Ok(ptr::without_provenance_mut(handle as usize))
}

/// Returns the object of a live handle.
pub(crate) fn get<P: Opaque>(handle: *const P) -> Option<Arc<P::Object>> {
    let handle = handle.addr() as u64;
    if type_of(handle) != P::TYPE {
        return None;
    }
    Arc::clone(&TABLE.entry(handle)?.object).downcast().ok()
}

/// Takes an object out; `None` where the handle is not live.
pub(crate) fn remove<P: Opaque>(handle: *const P) -> Option<Arc<P::Object>> {
    let handle = handle.addr() as u64;
    if type_of(handle) != P::TYPE {
        return None;
    }
    Arc::clone(&TABLE.remove(handle)?.object).downcast().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    struct Apple;
    struct Pear;

    impl Opaque for Apple {
        type Object = String;
        const TYPE: u8 = 200;
    }

    impl Opaque for Pear {
        type Object = u32;
        const TYPE: u8 = 201;
    }

    fn pointer<P>(handle: u64) -> *mut P {
        ptr::without_provenance_mut(handle as usize)
    }

    #[test]
    fn places_are_dense() {
        let mut expected = (0, 0);
        for index in 0..100_000 {
            let (segment, size, offset) = Table::locate(index);
            assert_eq!((segment, offset), expected, "{index}");
            assert_eq!(size, 64 << segment);
            expected = if offset + 1 == size { (segment + 1, 0) } else { (segment, offset + 1) };
        }
        assert_eq!(Table::locate(SLOTS - 1), (SEGMENTS - 1, 1 << 31, (1 << 31) - 1));
    }

    #[test]
    fn a_handle_is_live_from_insert_to_remove() {
        let apple = insert::<Apple>("apple".to_owned()).ok().unwrap();
        assert_eq!(*get(apple.cast_const()).unwrap(), "apple");
        assert_eq!(*remove(apple.cast_const()).unwrap(), "apple");
        assert!(get(apple.cast_const()).is_none(), "stale");
        assert!(remove(apple.cast_const()).is_none(), "freed twice");
    }

    #[test]
    fn a_slot_used_again_does_not_revive_old_handles() {
        let table = Table::new();
        let first = table.insert(1, Arc::new(1)).unwrap();
        table.remove(first).unwrap();
        let second = table.insert(1, Arc::new(2)).unwrap();
        assert_eq!(index_of(first), index_of(second));
        assert_ne!(first, second);
        assert!(table.entry(first).is_none());
        assert!(table.remove(first).is_none());
        assert!(table.entry(second).is_some());
    }

    #[test]
    fn foreign_handles_are_refused() {
        let apple = insert::<Apple>("apple".to_owned()).ok().unwrap();
        assert!(get(apple.cast::<Pear>().cast_const()).is_none());
        assert!(remove(apple.cast::<Pear>().cast_const()).is_none());
        let forged = apple.addr() as u64 & (u64::MAX >> 8) | u64::from(Pear::TYPE) << 56;
        assert!(get(pointer::<Pear>(forged).cast_const()).is_none());
        assert_eq!(*get(apple.cast_const()).unwrap(), "apple");
    }

    #[test]
    fn random_values_are_refused() {
        let live = insert::<Apple>("apple".to_owned()).ok().unwrap();
        let mut value = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..200_000 {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            for handle in [value, value & 0xffff, value >> 8 | u64::from(Apple::TYPE) << 56] {
                if handle != live.addr() as u64 {
                    assert!(get(pointer::<Apple>(handle).cast_const()).is_none());
                    assert!(remove(pointer::<Apple>(handle).cast_const()).is_none());
                }
            }
        }
        let local = 7_u64;
        assert!(get((&raw const local).cast::<Apple>()).is_none(), "an address of the caller's");
        assert!(get(pointer::<Apple>(u64::MAX).cast_const()).is_none());
        assert!(get(ptr::null::<Apple>()).is_none());
    }

    #[test]
    fn a_slot_whose_generations_are_used_up_is_retired() {
        let table = Table::new();
        let first = table.insert(1, Arc::new(0)).unwrap();
        let slot = table.slot(index_of(first)).unwrap();
        slot.generation.store(LAST_GENERATION - 1, Ordering::Relaxed);
        table.remove(first).unwrap();
        let last = table.insert(1, Arc::new(0)).unwrap();
        assert_eq!(last, compose(1, LAST_GENERATION, index_of(first)));
        table.remove(last).unwrap();
        let other = table.insert(1, Arc::new(0)).unwrap();
        assert_ne!(index_of(other), index_of(first));
    }

    #[test]
    fn exactly_one_of_many_frees_wins() {
        for _ in 0..200 {
            let apple = insert::<Apple>("apple".to_owned()).ok().unwrap().addr() as u64;
            let wins = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        if remove(pointer::<Apple>(apple).cast_const()).is_some() {
                            wins.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
            });
            assert_eq!(wins.into_inner(), 1);
        }
    }

    #[test]
    fn a_free_while_others_read_is_safe() {
        let current = AtomicU64::new(0);
        let done = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while done.load(Ordering::Acquire) == 0 {
                        let handle = pointer::<Apple>(current.load(Ordering::Acquire));
                        if let Some(text) = get(handle.cast_const()) {
                            assert!(text.starts_with("apple "));
                        }
                    }
                });
            }
            for round in 0..20_000 {
                let apple = insert::<Apple>(format!("apple {round}")).ok().unwrap();
                current.store(apple.addr() as u64, Ordering::Release);
                assert_eq!(*remove(apple.cast_const()).unwrap(), format!("apple {round}"));
            }
            done.store(1, Ordering::Release);
        });
    }

    #[test]
    fn handles_made_and_freed_by_many_threads_stay_apart() {
        let table = Table::new();
        thread::scope(|scope| {
            for thread in 0..4_u32 {
                let table = &table;
                scope.spawn(move || {
                    let mut held = Vec::new();
                    for round in 0..5_000_u32 {
                        let mark = thread << 16 | round;
                        held.push((table.insert(1, Arc::new(mark)).unwrap(), mark));
                        if round % 3 != 0 {
                            let (handle, mark) = held.swap_remove(round as usize % held.len());
                            let entry = table.remove(handle).unwrap();
                            assert_eq!(entry.object.downcast_ref::<u32>(), Some(&mark));
                        }
                    }
                    for (handle, mark) in held {
                        let entry = table.entry(handle).unwrap();
                        assert_eq!(entry.object.downcast_ref::<u32>(), Some(&mark));
                    }
                });
            }
        });
    }
}
