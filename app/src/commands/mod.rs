//! The commands, one file each.

pub mod assess;
pub mod attribute;
pub mod check;
pub mod observe;
pub mod run;
pub mod serve;
pub mod transport;

use crate::manners::Failure;
use liankong_engine::region::Case;
use std::path::Path;

/// Reads the case in a folder, or says in a sentence why there is none.
pub fn read_case(folder: &Path) -> Result<Case, Failure> {
    if !folder.is_dir() {
        return Err(Failure::Usage(format!(
            "{}: there is no such folder; give the folder of a case, such as cases/yangtze-delta",
            folder.display()
        )));
    }
    Ok(Case::read(folder)?)
}
