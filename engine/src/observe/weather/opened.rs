//! Files opened when their moments come, so that a year of files needs no more memory, and no more handles, than a day.

use crate::problem::{Error, Problem, Result};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Files that stay open: the two moments around the present may lie in different files, each with a companion of the surface.
const OPEN: usize = 4;

/// Files of one format, of which a few are open at a time.
pub struct Opened<F> {
    paths: Vec<PathBuf>,
    open: fn(&Path) -> Result<F>,
    kept: Mutex<VecDeque<(usize, Arc<F>)>>,
}

impl<F> Opened<F> {
    /// Files, none open yet.
    pub fn new(paths: &[PathBuf], open: fn(&Path) -> Result<F>) -> Opened<F> {
        Opened { paths: paths.to_vec(), open, kept: Mutex::new(VecDeque::new()) }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.paths.len()
    }

    /// A file's name.
    pub fn name(&self, at: usize) -> String {
        self.paths.get(at).map(|path| path.display().to_string()).unwrap_or_default()
    }

    /// The names of all.
    pub fn names(&self) -> String {
        (0..self.count()).map(|at| self.name(at)).collect::<Vec<_>>().join(", ")
    }

    /// A file, opened if it is not.
    pub fn get(&self, at: usize) -> Result<Arc<F>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = kept.iter().position(|(file, _)| *file == at) {
            if let Some(found) = kept.remove(place) {
                kept.push_back(found);
            }
        } else {
            let path = self.paths.get(at).ok_or_else(|| Error::Stage(format!("there is no file of weather {at}")))?;
            let file = Arc::new((self.open)(path)?);
            while kept.len() >= OPEN {
                kept.pop_front();
            }
            kept.push_back((at, file));
        }
        kept.back().map(|(_, file)| Arc::clone(file)).ok_or_else(|| Error::Stage("no file of weather is open".into()))
    }
}

/// A sentence about a file of weather.
pub fn wrong(file: &str, field: &str, limit: impl Into<String>, remedy: &str) -> Problem {
    Problem {
        file: file.into(),
        line: None,
        field: field.into(),
        value: String::new(),
        limit: limit.into(),
        remedy: remedy.into(),
    }
}

/// The same as the whole of an error.
pub fn refused(file: &str, field: &str, limit: impl Into<String>, remedy: &str) -> Error {
    Error::Input(vec![wrong(file, field, limit, remedy)])
}
