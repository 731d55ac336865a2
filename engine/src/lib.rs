//! Liankong's engine: joint prevention and control of air and water pollution across jurisdictions.
//!
//! # A guided tour
//!
//! Begin with [`cycle::turn`]: one turn of joint control in one function. It calls the seven verbs, each a module here:
//!
//! | verb | question | front page |
//! |---|---|---|
//! | [`observe`] 观测 | what was measured, and can it be used? | readings become flagged series |
//! | [`verify`] 考核 | did the last campaign work, or was it the weather? | effect, placebos, detection limit |
//! | [`assess`] 评价 | what was the air and water by the rule in force? | HJ 633, GB 3838 |
//! | [`transport`] 传输 | who reaches whom? | [`transport::footprint::Footprint`], for both media |
//! | [`attribute`] 溯源 | who contributed how much? | ledger, closure, shares, skill |
//! | [`plan`] 方案 | what is the cheapest joint plan? | a linear programme over both media |
//! | [`act`] 应急 | who must do what, from which hour? | orders |
//!
//! The nouns live in [`region`]: a [`region::Case`] is a folder of plain text, read with every [`problem`] told at once. All
//! values are SI ([`units`]); concentrations kg m⁻³, rates kg s⁻¹, times in seconds since 1970 UTC.
//!
//! A verb uses the nouns and the verbs before it (observe, assess, transport, attribute, plan, act, verify), never one after
//! it; `tests/suite/import_direction.rs` holds that. Nothing here prints, keeps global state, or knows of networks and databases.
//!
//! ```no_run
//! use liankong_engine::{cycle, region::Case};
//!
//! let case = Case::read(std::path::Path::new("cases/two-towns"))?;
//! let turn = cycle::turn(&case, cycle::Verb::Act, &cycle::Silent)?;
//! println!("{} orders", turn.orders.orders.len());
//! # Ok::<(), liankong_engine::problem::Error>(())
//! ```

pub mod act;
pub mod assess;
pub mod attribute;
pub mod cycle;
pub mod observe;
pub mod plan;
pub mod problem;
pub mod region;
pub mod transport;
pub mod units;
pub mod verify;
