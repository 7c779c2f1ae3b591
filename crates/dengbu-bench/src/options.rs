//! What is measured, and how much of it.

use std::path::PathBuf;

/// Size and places of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the database and the scans; emptied at the start unless `reuse`.
    pub folder: PathBuf,
    /// Folder that holds `engine/node_modules`; none: looked for from the current folder.
    pub base_dir: Option<PathBuf>,
    /// Estate units loaded as existing titles.
    pub units: usize,
    /// Units per transaction of the load.
    pub batch: usize,
    /// Loaders at work at once.
    pub loaders: usize,
    /// Rounds of commits and recordings, one after the other (A B A B …).
    pub rounds: usize,
    /// Recordings per client and round, with one client and with [`Options::many`].
    pub recordings: [usize; 2],
    /// Whole automatic cases per client and round, with one client and with [`Options::many`].
    pub instant: [usize; 2],
    /// Unit states that the rules look at in memory.
    pub evaluations: usize,
    /// Electronic certificates of each kind; ten times as many codes.
    pub certificates: usize,
    /// Clients of the crowd.
    pub many: usize,
    /// Point look-ups per measurement, all clients together.
    pub lookups: usize,
    /// Searches per measurement.
    pub searches: usize,
    /// False gives up safety at power loss: for tests of the measurement itself only.
    pub durable: bool,
    /// Takes the city that an earlier run with `keep` left, where it has the same size.
    pub reuse: bool,
    /// Leaves the database in place at the end.
    pub keep: bool,
}

impl Options {
    /// The measurement that `docs/bench.md` shows, in this folder.
    #[must_use]
    pub fn full(folder: PathBuf) -> Options {
        Options {
            folder,
            base_dir: None,
            units: 1_000_000,
            batch: 2_000,
            loaders: 2,
            rounds: 5,
            recordings: [200, 60],
            instant: [100, 30],
            evaluations: 400_000,
            certificates: 2_000,
            many: 16,
            lookups: 2_000,
            searches: 120,
            durable: true,
            reuse: false,
            keep: false,
        }
    }

    /// The same ways in seconds, for a look whether they still work.
    #[must_use]
    pub fn quick(folder: PathBuf) -> Options {
        Options {
            units: 20_000,
            rounds: 2,
            recordings: [20, 5],
            instant: [10, 3],
            evaluations: 20_000,
            certificates: 100,
            lookups: 100,
            searches: 20,
            ..Options::full(folder)
        }
    }

    /// Cases that all rounds of one measurement with `clients` clients record, per client.
    #[must_use]
    pub fn cases_per_client(&self, clients: usize) -> usize {
        let each = self.recordings[usize::from(clients > 1)];
        each * self.rounds
    }
}
