//! How every command behaves: where words go, which language, how it ends, and what Ctrl-C does.
//!
//! * Results go to stdout (words, or one JSON document), progress and notes to stderr.
//! * A reader that closes the pipe early (`| head -1`) is no failure.
//! * Ctrl-C (or a request to end) asks the turn to stop, and the program leaves with 1. Nothing is on disk until the turn is
//!   complete, so a stage that does not listen is left after a second and a half; while files are being put in place the
//!   program waits until they are.

use liankong_engine::problem::{Error, Problem};
use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What stands on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Words for a person.
    Text,
    /// One JSON document.
    Json,
}

/// The language of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 中文
    Zh,
    /// English
    En,
}

impl Language {
    /// From the first of `LC_ALL`, `LC_MESSAGES`, `LANG` that is set.
    fn of_environment() -> Language {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
        match set.into_iter().find(|value| !value.is_empty()) {
            Some(value) if value.starts_with("zh") => Language::Zh,
            _ => Language::En,
        }
    }

    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// The input is not fit for use: exit 2.
    Input(Vec<Problem>),
    /// The command was not given what it needs: exit 2.
    Usage(String),
    /// It was tried and did not succeed: exit 1.
    Failed(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Input(problems) => Failure::Input(problems),
            other => Failure::Failed(other.to_string()),
        }
    }
}

/// How a command ended.
pub type Outcome = Result<(), Failure>;

/// How long a stage has to hear Ctrl-C before the program leaves without it.
const PATIENCE: Duration = Duration::from_millis(1500);

static STOPPED: AtomicBool = AtomicBool::new(false);
static WRITING: AtomicBool = AtomicBool::new(false);

/// True once the user has pressed Ctrl-C.
pub fn stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// While this lives, Ctrl-C waits: files are being put in place.
pub struct Writing;

impl Writing {
    /// Begins.
    pub fn begin() -> Writing {
        WRITING.store(true, Ordering::SeqCst);
        Writing
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        WRITING.store(false, Ordering::SeqCst);
    }
}

/// Where a command stands: its format, its language, its threads.
pub struct Desk {
    /// What stands on stdout.
    pub format: Format,
    /// The language of the words.
    pub language: Language,
    /// Threads that compute.
    pub threads: usize,
}

impl Desk {
    /// Settles threads and Ctrl-C.
    pub fn open(format: Format, threads: Option<usize>) -> Desk {
        let desk = Desk { format, language: Language::of_environment(), threads: 1 };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0));
        if pool.build_global().is_err() {
            desk.note("the number of threads could not be set; one per processor is used");
        }
        // Without a handler Ctrl-C still ends the program, and nothing is half-written outside the moment of renaming.
        let _ = ctrlc::set_handler(stop);
        Desk { threads: rayon::current_num_threads(), ..desk }
    }

    /// One line of results to stdout. A closed pipe is the reader's choice, not a failure.
    pub fn say(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    }

    /// One JSON document to stdout.
    pub fn document(&self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.say(&text),
            Err(cause) => self.note(&format!("the document could not be written: {cause}")),
        }
    }

    /// One line of notes to stderr.
    pub fn note(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Tells how it ended and gives the exit code.
    pub fn leave(&self, outcome: Outcome) -> ExitCode {
        let Err(failure) = outcome else { return ExitCode::SUCCESS };
        let (code, sentence, problems) = match failure {
            Failure::Input(problems) => {
                let count = problems.len();
                let zh = format!("输入中有 {count} 处问题");
                let en = format!("{count} problem(s) in the input");
                (2, self.language.pick(&zh, &en).to_string(), problems)
            }
            Failure::Usage(sentence) => (2, sentence, Vec::new()),
            Failure::Failed(sentence) => (1, sentence, Vec::new()),
        };
        match self.format {
            Format::Json => self.document(&Refusal { ok: false, error: &sentence, problems: &problems }),
            Format::Text => problems.iter().for_each(|p| self.say(&one_line(&p.to_string()))),
        }
        self.note(&format!("liankong: {}", one_line(&sentence)));
        ExitCode::from(code)
    }
}

/// The document of a command that was refused or failed.
#[derive(Serialize)]
struct Refusal<'a> {
    ok: bool,
    error: &'a str,
    problems: &'a [Problem],
}

/// What Ctrl-C does; runs on a thread of its own, so it may wait.
fn stop() {
    STOPPED.store(true, Ordering::SeqCst);
    let asked = Instant::now();
    while WRITING.load(Ordering::SeqCst) || asked.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = writeln!(std::io::stderr().lock(), "liankong: stopped; nothing was written");
    std::process::exit(1);
}

/// A text that is input, fit for one line of a terminal: control characters are written out.
pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_control_characters_stays_on_one_line_and_moves_no_cursor() {
        assert_eq!(one_line("a\nb\u{1b}[2J太湖"), "a\\nb\\u{1b}[2J太湖");
    }
}
