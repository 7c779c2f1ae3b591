//! Streams read on a thread of their own, where a library hands out borrowed or asynchronous rows.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::error::BrokenRecord;
use crate::record::Record;
use crate::source::Records;

type Item = Result<Record, BrokenRecord>;

/// Records that travel together.
const BATCH: usize = 256;

/// The sending end.
pub struct Outlet {
    sender: SyncSender<Vec<Item>>,
    batch: Vec<Item>,
}

/// Nobody reads on.
pub struct Closed;

impl Outlet {
    /// Hands a record on.
    pub fn send(&mut self, item: Item) -> Result<(), Closed> {
        self.batch.push(item);
        if self.batch.len() >= BATCH {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> Result<(), Closed> {
        let batch = std::mem::take(&mut self.batch);
        self.sender.send(batch).map_err(|_| Closed)
    }
}

/// Runs `work` on a thread and streams what it sends. A panic of a library becomes a broken
/// record at the end.
pub fn stream(
    shown: &str,
    work: impl FnOnce(&mut Outlet) -> Result<(), Closed> + Send + 'static,
) -> Records {
    let (sender, receiver) = sync_channel(4);
    let file = shown.to_owned();
    let spawned = std::thread::Builder::new()
        .name("dengbu-source".to_owned())
        .spawn(move || {
            let mut outlet = Outlet {
                sender,
                batch: Vec::new(),
            };
            let done = std::panic::catch_unwind(AssertUnwindSafe(|| work(&mut outlet)));
            if done.is_err() {
                let reason = "文件内部结构损坏，从此处起无法读取";
                outlet.batch.push(Err(BrokenRecord::new(&file, 0, reason)));
            }
            let _ = outlet.flush();
        });
    match spawned {
        Ok(_) => Box::new(Batches {
            receiver,
            batch: Vec::new().into_iter(),
        }),
        Err(error) => {
            let reason = format!("系统无法启动读取线程：{error}");
            Box::new(std::iter::once(Err(BrokenRecord::new(shown, 0, reason))))
        }
    }
}

struct Batches {
    receiver: Receiver<Vec<Item>>,
    batch: std::vec::IntoIter<Item>,
}

impl Iterator for Batches {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.batch.next() {
                return Some(item);
            }
            self.batch = self.receiver.recv().ok()?.into_iter();
        }
    }
}
