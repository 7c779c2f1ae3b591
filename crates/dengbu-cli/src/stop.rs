//! Being told to stop: Ctrl+C, or SIGTERM from whatever supervises the program.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears the signals from the moment it is made, so that none that comes during a long start
/// ends the program on the spot and leaves its database behind.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Begins to listen.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Returns when a signal has come, also one from before the call.
    pub async fn wanted(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
