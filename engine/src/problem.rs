//! A problem in someone's input, as one sentence: where, which value, what the limit is, and the remedy.
//!
//! Bad *input* (a table that cannot be understood) becomes a [`Problem`], and all of them are collected before anything
//! stops. Bad *data* (a spike, a gap) is not a problem: it becomes a flag, in [`crate::observe`].

use serde::Serialize;
use std::fmt;
use std::path::Path;

/// One thing wrong with the input, with all that a person needs to mend it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// File, relative to the case folder.
    pub file: String,
    /// Line in that file, counted from 1; `None` where the whole file is meant.
    pub line: Option<u64>,
    /// Column, key or property.
    pub field: String,
    /// The offending value as written, with its unit.
    pub value: String,
    /// What is wrong, with the limit that was broken.
    pub limit: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": ")?;
        if !self.field.is_empty() {
            write!(f, "{}", self.field)?;
            if !self.value.is_empty() {
                write!(f, " = \"{}\"", self.value)?;
            }
            write!(f, ": ")?;
        }
        write!(f, "{}", self.limit)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

/// The collected problems of one reading, in the order of files and lines.
#[derive(Debug, Default, Clone)]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// Adds one. What was copied from the input is cut and kept to one line, so that a problem stays a sentence.
    pub fn add(&mut self, mut problem: Problem) {
        for (text, most) in
            [(&mut problem.field, 80), (&mut problem.value, 80), (&mut problem.limit, 300), (&mut problem.remedy, 600)]
        {
            *text = one_line(text, most);
        }
        self.list.push(problem);
    }

    /// True where nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, sorted by file, line and column, each once.
    pub fn into_sorted(mut self) -> Vec<Problem> {
        self.list.sort();
        self.list.dedup();
        self.list
    }
}

fn one_line(text: &str, most: usize) -> String {
    let mut line: String = text.chars().take(most).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    line
}

/// Why a command or a stage could not give an answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is not fit for use; every problem is listed.
    #[error("{} problem(s) in the input:\n{}", .0.len(), lines(.0))]
    Input(Vec<Problem>),
    /// A stage cannot do its work for a reason that lies outside any one cell of the input.
    #[error("{0}")]
    Stage(String),
    /// The operating system refused a file.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: String,
        /// The system's own words.
        cause: std::io::Error,
    },
}

fn lines(problems: &[Problem]) -> String {
    let sentences: Vec<String> = problems.iter().map(Problem::to_string).collect();
    sentences.join("\n")
}

impl Error {
    /// A file error with its path.
    pub fn file(path: &Path, cause: std::io::Error) -> Self {
        Error::File { path: path.display().to_string(), cause }
    }
}

/// What stages return.
pub type Result<T> = std::result::Result<T, Error>;
