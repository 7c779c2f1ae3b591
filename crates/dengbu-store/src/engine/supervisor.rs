//! Watches the server: restarts it when it dies unasked, keeps its log small, stops it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::layout::Layout;
use super::locate::Programs;
use super::process::{self, Server};
use super::{EngineConfig, EngineError, bring_up};

const RESTART_PAUSE_FIRST: Duration = Duration::from_millis(200);
const RESTART_PAUSE_MAX: Duration = Duration::from_secs(30);
const LOG_CHECK: Duration = Duration::from_secs(600);
/// Beyond this the log is moved aside; one old log is kept.
const LOG_BYTES_MAX: u64 = 20 * 1024 * 1024;

/// The task that owns the server process.
#[derive(Debug)]
pub(super) struct Supervisor {
    /// The server's process number, 0 while there is none.
    pid: Arc<AtomicI32>,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<Result<(), EngineError>>>,
}

impl Supervisor {
    pub fn watch(
        server: Server,
        config: EngineConfig,
        layout: Layout,
        programs: Programs,
    ) -> Supervisor {
        let pid = Arc::new(AtomicI32::new(0));
        note(&pid, &server);
        let (stop, stopped) = oneshot::channel();
        let watch = Watch {
            pid: Arc::clone(&pid),
            config,
            layout,
            programs,
        };
        let task = tokio::spawn(watch.run(server, stopped));
        Supervisor {
            pid,
            stop: Some(stop),
            task: Some(task),
        }
    }

    pub fn pid(&self) -> Option<i32> {
        Some(self.pid.load(Ordering::Acquire)).filter(|pid| *pid != 0)
    }

    pub async fn stop(mut self) -> Result<(), EngineError> {
        drop(self.stop.take());
        match self.task.take() {
            Some(task) => task.await.unwrap_or_else(|error| {
                tracing::error!(%error, "the database supervisor failed");
                Ok(())
            }),
            None => Ok(()),
        }
    }

    pub fn leave_running(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.pid.store(0, Ordering::Release);
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        let Some(task) = self.task.take() else { return };
        task.abort();
        if let Some(pid) = Pid::from_raw(self.pid.load(Ordering::Acquire)) {
            process::signal(pid, Signal::INT);
        }
    }
}

struct Watch {
    pid: Arc<AtomicI32>,
    config: EngineConfig,
    layout: Layout,
    programs: Programs,
}

impl Watch {
    async fn run(
        self,
        mut server: Server,
        mut stopped: oneshot::Receiver<()>,
    ) -> Result<(), EngineError> {
        loop {
            tokio::select! {
                biased;
                _ = &mut stopped => return server.stop(&self.layout).await,
                () = server.wait_gone() => {
                    self.pid.store(0, Ordering::Release);
                    tracing::error!("the database process died, starting it again");
                    match self.revive(&mut stopped).await {
                        Some(revived) => server = revived,
                        None => return Ok(()),
                    }
                    note(&self.pid, &server);
                }
                () = tokio::time::sleep(LOG_CHECK) => cut_log(&self.layout.log),
            }
        }
    }

    /// Tries until it succeeds: without a database there is nothing better to do, and the cause
    /// (a full disk) may be removed meanwhile. `None`: told to stop between two tries; a try
    /// itself is never broken off, lest a server be left that nobody knows of.
    async fn revive(&self, stopped: &mut oneshot::Receiver<()>) -> Option<Server> {
        let mut pause = RESTART_PAUSE_FIRST;
        loop {
            match bring_up(&self.config, &self.layout, &self.programs).await {
                Ok((server, ..)) => return Some(server),
                Err(error) => tracing::error!(%error, "the database did not come up again"),
            }
            tokio::select! {
                biased;
                _ = &mut *stopped => return None,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(RESTART_PAUSE_MAX);
        }
    }
}

fn note(pid: &AtomicI32, server: &Server) {
    let number = server.pid().map_or(0, |pid| pid.as_raw_nonzero().get());
    pid.store(number, Ordering::Release);
}

/// Moves a long log aside by copying: the server keeps its file open for appending.
fn cut_log(log: &Path) {
    let cut = || -> std::io::Result<()> {
        if std::fs::metadata(log)?.len() > LOG_BYTES_MAX {
            std::fs::copy(log, log.with_extension("log.1"))?;
            std::fs::OpenOptions::new()
                .write(true)
                .open(log)?
                .set_len(0)?;
        }
        Ok(())
    };
    if let Err(error) = cut() {
        tracing::warn!(%error, "cannot shorten the database log");
    }
}
