//! A list of checks run one after another: a failure does not hide what comes later, unless a
//! later check needs the failed one.

use std::time::{Duration, Instant};

use crate::shell::{self, Problem};

/// One check.
pub struct Step {
    /// Short name, also for choosing it on the command line.
    pub name: &'static str,
    /// Names of steps that must have passed.
    pub needs: &'static [&'static str],
    /// The check itself.
    pub work: fn() -> Result<Outcome, Problem>,
}

/// How a check that did not fail ended.
pub enum Outcome {
    /// All is well.
    Passed,
    /// Not done, and why; neither passed nor failed.
    Skipped(String),
}

enum Verdict {
    Passed,
    Failed,
    Skipped(String),
}

/// Runs `steps` (those named in `chosen`, or all), prints a summary, and returns whether none
/// failed. The last line is `N passed, N failed`, which build servers read.
pub fn perform(steps: &[Step], chosen: &[&str]) -> Result<bool, Problem> {
    if let Some(unknown) = chosen
        .iter()
        .find(|name| steps.iter().all(|step| step.name != **name))
    {
        let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
        return Err(Problem::new(format!(
            "没有步骤“{unknown}”。可选：{}",
            names.join(" ")
        )));
    }
    let chosen = steps
        .iter()
        .filter(|step| chosen.is_empty() || chosen.contains(&step.name));
    let (text, well) = summary(&go_through(chosen));
    shell::say(&text);
    Ok(well)
}

/// A step's name, how it ended, how long it took.
type Done = (&'static str, Verdict, Duration);

fn go_through<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<Done> {
    let mut done = Vec::new();
    for step in steps {
        let begun = Instant::now();
        let verdict = match blocker(step, &done) {
            Some(name) => Verdict::Skipped(format!("需要先通过 {name}")),
            None => judge(step),
        };
        done.push((step.name, verdict, begun.elapsed()));
    }
    done
}

/// The step this one needs that was run and did not pass.
fn blocker(step: &Step, done: &[Done]) -> Option<&'static str> {
    done.iter()
        .find(|(name, verdict, _)| step.needs.contains(name) && !matches!(verdict, Verdict::Passed))
        .map(|(name, ..)| *name)
}

fn judge(step: &Step) -> Verdict {
    shell::say(&format!("\n━━ {} ━━", step.name));
    match (step.work)() {
        Ok(Outcome::Passed) => Verdict::Passed,
        Ok(Outcome::Skipped(why)) => {
            shell::say(&format!("跳过 (skipped)：{why}"));
            Verdict::Skipped(why)
        }
        Err(problem) => {
            shell::complain(&problem);
            Verdict::Failed
        }
    }
}

/// The closing table, and whether no step failed.
fn summary(done: &[Done]) -> (String, bool) {
    let (mut passed, mut failed) = (0, 0);
    let mut lines = vec!["\n━━ 汇总 (summary) ━━".to_owned()];
    for (name, verdict, time) in done {
        let how = match verdict {
            Verdict::Passed => {
                passed += 1;
                "✔ 通过".to_owned()
            }
            Verdict::Failed => {
                failed += 1;
                "✘ 失败".to_owned()
            }
            Verdict::Skipped(why) => format!("– 跳过：{why}"),
        };
        lines.push(format!("{name:<12} {:>7.1} s  {how}", time.as_secs_f64()));
    }
    lines.push(format!("\n{passed} passed, {failed} failed"));
    (lines.join("\n"), failed == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass() -> Result<Outcome, Problem> {
        Ok(Outcome::Passed)
    }

    fn fail() -> Result<Outcome, Problem> {
        Err(Problem::new("broken"))
    }

    fn skip() -> Result<Outcome, Problem> {
        Ok(Outcome::Skipped("absent".to_owned()))
    }

    fn step(
        name: &'static str,
        needs: &'static [&'static str],
        work: fn() -> Result<Outcome, Problem>,
    ) -> Step {
        Step { name, needs, work }
    }

    #[test]
    fn a_failure_hides_only_what_needs_it() {
        let steps = [
            step("a", &[], fail),
            step("b", &["a"], pass),
            step("c", &["b"], pass),
            step("d", &[], pass),
        ];
        let (text, well) = summary(&go_through(steps.iter()));
        assert!(!well);
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed"));
        assert!(
            text.contains("需要先通过 a") && text.contains("需要先通过 b"),
            "{text}"
        );
    }

    #[test]
    fn what_is_skipped_is_neither_passed_nor_failed() {
        let steps = [step("a", &[], pass), step("b", &[], skip)];
        let (text, well) = summary(&go_through(steps.iter()));
        assert!(well);
        assert_eq!(text.lines().last(), Some("1 passed, 0 failed"));
        assert!(text.contains("absent"));
    }

    #[test]
    fn an_unknown_step_is_refused() {
        assert!(perform(&[step("a", &[], pass)], &["z"]).is_err());
    }
}
