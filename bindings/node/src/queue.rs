//! How messages travel: they wait for the JavaScript thread, which is woken once for all that came
//! meanwhile and takes them as one text.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::runtime::Handle;

use crate::messages::Message;

/// The longest vendor's answer that is put beside others. A longer one has memory of its own.
const SHORT: usize = 2048;

/// Has the JavaScript thread take the messages; does nothing once its environment is gone.
type Wake = Arc<dyn Fn() + Send + Sync>;

/// The messages of an environment.
pub struct Queue {
    wake: Wake,
    /// Calls that have not ended.
    in_flight: AtomicUsize,
    waiting: Mutex<Vec<Message>>,
    /// Photos and long answers of the messages taken last.
    taken: Mutex<Vec<Bytes>>,
}

fn locked<T>(list: &Mutex<Vec<T>>) -> MutexGuard<'_, Vec<T>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Queue {
            wake: Arc::new(wake),
            in_flight: AtomicUsize::new(0),
            waiting: Mutex::default(),
            taken: Mutex::default(),
        }
    }

    /// Begins a call, which `end` ends.
    pub fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// Puts the last message of a call.
    pub fn end(&self, message: Message) {
        let others = self.in_flight.fetch_sub(1, Ordering::Relaxed) > 1;
        self.add(message, others);
    }

    /// Puts a message while calls go on.
    pub fn put(&self, message: Message) {
        self.add(message, false);
    }

    /// Puts a message of which more may come at once.
    pub fn put_soon(&self, message: Message) {
        self.add(message, true);
    }

    /// Wakes the JavaScript thread. Where `more` may come at once, the thread is woken when this
    /// one has nothing else to do: being woken for each message costs both threads more than the
    /// message.
    fn add(&self, message: Message, more: bool) {
        let first = {
            let mut waiting = locked(&self.waiting);
            waiting.push(message);
            waiting.len() == 1
        };
        if !first {
            return;
        }
        match Handle::try_current() {
            Ok(runtime) if more => {
                let wake = Arc::clone(&self.wake);
                runtime.spawn(async move {
                    tokio::task::yield_now().await;
                    wake();
                });
            }
            _ => (self.wake)(),
        }
    }

    /// Returns all messages as one JSON document. Each is `[topic, id, document, raw, photos]`:
    /// `raw` is where in the slab a short answer is, from and to, else the number of a piece, and
    /// `photos` are the numbers of theirs by name; see `piece`. `used` of the slab is taken.
    pub fn take(&self, slab: &mut [u8], used: usize) -> String {
        let messages = std::mem::take(&mut *locked(&self.waiting));
        self.written(messages, slab, used)
    }

    /// Returns such a document of these messages.
    pub fn written(&self, messages: Vec<Message>, slab: &mut [u8], used: usize) -> String {
        let mut pieces = locked(&self.taken);
        pieces.clear();
        let length: usize = messages.iter().map(|message| message.json.len() + 64).sum();
        let mut text = String::with_capacity(length + 2);
        let mut end = used;
        text.push('[');
        for (count, Message { topic, id, json, bytes }) in messages.into_iter().enumerate() {
            let comma = if count == 0 { "" } else { "," };
            // Writing to a string does not fail.
            let _ = write!(text, "{comma}[{},{id},{json},", topic as u32);
            let has_photos = !bytes.photos.is_empty();
            let start = end;
            end = start.saturating_add(bytes.raw.len());
            match slab.get_mut(start..end).filter(|_| bytes.raw.len() <= SHORT) {
                Some(part) => {
                    part.copy_from_slice(&bytes.raw);
                    let _ = write!(text, "[{start},{end}]");
                }
                None => {
                    end = start;
                    let _ = write!(text, "{}", pieces.len());
                    pieces.push(bytes.raw);
                }
            }
            for (count, (name, photo)) in bytes.photos.into_iter().enumerate() {
                let before = if count == 0 { ",{" } else { "," };
                let _ = write!(text, "{before}\"{name}\":{}", pieces.len());
                pieces.push(photo);
            }
            text.push_str(if has_photos { "}]" } else { "]" });
        }
        text.push(']');
        text
    }

    /// Returns a piece of the messages taken last, once.
    pub fn piece(&self, number: usize) -> Bytes {
        locked(&self.taken).get_mut(number).map(std::mem::take).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{AnswerBytes, Topic};

    fn result(id: u32, raw: &[u8], photos: &[(&'static str, &'static [u8])]) -> Message {
        let photos =
            photos.iter().map(|(name, photo)| (*name, Bytes::from_static(photo))).collect();
        let bytes = AnswerBytes { photos, raw: Bytes::copy_from_slice(raw) };
        Message { topic: Topic::Result, id, json: "{}".to_owned(), bytes }
    }

    fn woken() -> (Queue, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let wake = move || {
            counted.fetch_add(1, Ordering::Relaxed);
        };
        (Queue::new(wake), count)
    }

    #[test]
    fn one_wake_takes_all_that_came_meanwhile() {
        let (queue, wakes) = woken();
        queue.begin();
        queue.end(result(1, b"first", &[]));
        queue.put(Message::event(2, r#"{"a_b":1}"#.to_owned(), Some(7)));
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
        let mut slab = [0; 16];
        assert_eq!(
            queue.take(&mut slab, 4),
            r#"[[0,1,{},[4,9]],[2,2,{"a_b":1,"context":7},[9,9]]]"#
        );
        assert_eq!(slab.get(4..9), Some(&b"first"[..]));
        assert_eq!(queue.take(&mut slab, 9), "[]");
        queue.put(Message::event(2, "{}".to_owned(), None));
        assert_eq!(wakes.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn on_a_busy_runtime_the_wake_comes_when_the_others_are_through() {
        let (queue, wakes) = woken();
        let queue = Arc::new(queue);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let calls: Vec<_> = (0..3)
                .map(|id| {
                    queue.begin();
                    let (queue, wakes) = (Arc::clone(&queue), Arc::clone(&wakes));
                    tokio::spawn(async move {
                        queue.end(result(id, b"", &[]));
                        wakes.load(Ordering::Relaxed)
                    })
                })
                .collect();
            for call in calls {
                assert_eq!(call.await.unwrap(), 0);
            }
            while wakes.load(Ordering::Relaxed) == 0 {
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(queue.take(&mut [], 0), "[[0,0,{},[0,0]],[0,1,{},[0,0]],[0,2,{},[0,0]]]");
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_is_long_or_a_photo_is_a_piece() {
        let (queue, _) = woken();
        let long = vec![7; SHORT + 1];
        queue.put(result(1, b"too much", &[("one_photo", b"1"), ("other", b"2")]));
        queue.put(result(2, &long, &[]));
        queue.put(result(3, b"fits", &[]));
        let mut slab = [0; 5];
        let expected = r#"[[0,1,{},0,{"one_photo":1,"other":2}],[0,2,{},3],[0,3,{},[0,4]]]"#;
        assert_eq!(queue.take(&mut slab, 0), expected);
        let pieces: Vec<Bytes> = (0..5).map(|number| queue.piece(number)).collect();
        assert_eq!(pieces, [&b"too much"[..], b"1", b"2", &long, b""]);
        assert_eq!(queue.piece(3), Bytes::new());
    }
}
