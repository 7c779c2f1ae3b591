//! How well a run did against a known truth (`dengbu fusion score`).
