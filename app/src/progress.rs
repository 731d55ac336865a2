//! How far a turn is: a bar with the time left on a terminal, plain lines off it, and the seconds each verb took.

use crate::manners::{self, Language};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use liankong_engine::cycle::{Progress, VERBS, Verb};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Off a terminal a verb that takes long says so at most this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// What one verb took.
#[derive(Debug, Clone, Serialize)]
pub struct Took {
    /// The verb.
    pub verb: &'static str,
    /// Wall time, s.
    pub seconds: f64,
}

/// Tells the user on stderr and keeps the times.
pub struct Teller {
    language: Language,
    terminal: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    running: Option<Running>,
    took: Vec<Took>,
}

struct Running {
    began: Instant,
    spoke: Instant,
    units: u64,
    done: u64,
    word: &'static str,
}

impl Teller {
    /// For stderr as it is.
    pub fn new(language: Language) -> Teller {
        Teller { language, terminal: std::io::stderr().is_terminal(), state: Mutex::new(State::default()) }
    }

    /// The verbs so far and their seconds.
    pub fn took(&self) -> Vec<Took> {
        self.locked().took.clone()
    }

    /// Clears the bar from the terminal.
    pub fn finish(&self) {
        if let Some(bar) = self.locked().bar.take() {
            bar.finish_and_clear();
        }
    }

    // A thread that panicked while holding the lock leaves a state that is still fit to be shown.
    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A bar for one verb, complete before its first frame is drawn. A verb of a single unit has no share to show.
fn bar_of(word: &'static str, units: u64) -> ProgressBar {
    let shape = match units {
        0 | 1 => "{msg:<16} {spinner}  {elapsed_precise}",
        _ => "{msg:<16} {bar:30} {pos}/{len}  {elapsed_precise}  ETA {eta_precise}",
    };
    let bar = ProgressBar::with_draw_target(Some(units), ProgressDrawTarget::hidden()).with_message(word);
    if let Ok(style) = ProgressStyle::with_template(shape) {
        bar.set_style(style);
    }
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn write_line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn words(verb: Verb) -> (&'static str, &'static str) {
    VERBS.iter().find(|(v, ..)| *v == verb).map_or(("", ""), |(_, id, zh)| (id, zh))
}

impl Progress for Teller {
    fn begin(&self, verb: Verb, units: u64) {
        let (id, zh) = words(verb);
        let word = self.language.pick(zh, id);
        let now = Instant::now();
        let mut state = self.locked();
        state.running = Some(Running { began: now, spoke: now, units, done: 0, word });
        if self.terminal {
            state.bar = Some(bar_of(word, units));
        }
    }

    fn advance(&self, units: u64) {
        let mut state = self.locked();
        if let Some(bar) = &state.bar {
            bar.inc(units);
            return;
        }
        let Some(running) = &mut state.running else { return };
        running.done += units;
        if running.spoke.elapsed() < LINE_EVERY || running.done == 0 || running.units == 0 {
            return;
        }
        running.spoke = Instant::now();
        let share = (running.done as f64 / running.units as f64).min(1.0);
        let left = running.began.elapsed().as_secs_f64() * (1.0 - share) / share;
        let text = match self.language {
            Language::Zh => format!("{}: {:.0} %, 约余 {left:.0} 秒", running.word, 100.0 * share),
            Language::En => format!("{}: {:.0} %, about {left:.0} s left", running.word, 100.0 * share),
        };
        write_line(&text);
    }

    fn end(&self, verb: Verb) {
        let (id, zh) = words(verb);
        let mut state = self.locked();
        let Some(running) = state.running.take() else { return };
        let seconds = running.began.elapsed().as_secs_f64();
        state.took.push(Took { verb: id, seconds });
        let bar = state.bar.take();
        drop(state);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        let text = match self.language {
            Language::Zh => format!("{zh}: 完成, {seconds:.1} 秒"),
            Language::En => format!("{id}: done in {seconds:.1} s"),
        };
        write_line(&text);
    }

    fn stopped(&self) -> bool {
        manners::stopped()
    }
}

/// Tells how many particle-hours are done, how fast, and the time left.
pub struct ParticleHours {
    language: Language,
    expected: f64,
    bar: Option<ProgressBar>,
    state: Mutex<Followed>,
}

struct Followed {
    began: Instant,
    spoke: Instant,
    done: f64,
    skipped: f64,
}

impl ParticleHours {
    /// For so many particle-hours, on stderr.
    pub fn new(language: Language, expected: f64) -> ParticleHours {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(expected as u64), ProgressDrawTarget::stderr());
            if let Ok(style) =
                ProgressStyle::with_template("{bar:30} {pos}/{len} particle-hours  {per_sec}  ETA {eta_precise}")
            {
                bar.set_style(style);
            }
            bar
        });
        let now = Instant::now();
        let state = Mutex::new(Followed { began: now, spoke: now, done: 0.0, skipped: 0.0 });
        ParticleHours { language, expected, bar, state }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Followed> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// So many were done by an earlier run.
    pub fn skip(&self, hours: f64) {
        self.locked().skipped += hours;
        if let Some(bar) = &self.bar {
            bar.inc(hours as u64);
        }
    }

    /// So many more are done.
    pub fn advance(&self, hours: f64) {
        let mut state = self.locked();
        state.done += hours;
        if let Some(bar) = &self.bar {
            bar.set_position((state.done + state.skipped) as u64);
            return;
        }
        if state.spoke.elapsed() < LINE_EVERY || state.done <= 0.0 {
            return;
        }
        state.spoke = Instant::now();
        let rate = state.done / state.began.elapsed().as_secs_f64();
        let left = (self.expected - state.done - state.skipped).max(0.0) / rate;
        let done = state.done + state.skipped;
        let text = match self.language {
            Language::Zh => format!("{done:.0}/{:.0} 粒子小时, 每秒 {rate:.0}, 约余 {left:.0} 秒", self.expected),
            Language::En => {
                format!("{done:.0} of {:.0} particle-hours, {rate:.0} a second, about {left:.0} s left", self.expected)
            }
        };
        write_line(&text);
    }

    /// Clears the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
