//! Inversion: what the air (or water) says of reported emissions.
//!
//! ```text
//! y = K s + ε      K_ig = Σ_{sources of g} F q_reported      s_g = inferred / reported      ε ~ N(0, C),  s ~ prior about 1
//! C = diag(σ_i² + σ_F,i² + m²)
//! ```
//! `σ` error of a measurement, `σ_F` sampling error of the footprint, `m` error of the model, which nobody states: it is found by the
//! greatest evidence `p(y | m, α)`, with `α ≥ 1` the factor by which the stated prior has to be widened.
//!
//! * [`system`] lays footprints, reported rates and measurements out as `K`, `y`, `C`
//! * [`posterior`] the two forms: Gaussian in `s`, analytic (Rodgers 2000, eq. 4.3–4.5, 2.79); Gaussian in `ln s`, never
//!   negative, by Gauss–Newton (Rodgers 2000, eq. 5.9) and Laplace's approximation
//! * [`verdict`] reported against inferred, with the family-wise error held (Holm 1979, Scand. J. Stat. 6:65)
//! * `cholesky` the one factorization all of it needs

mod cholesky;
pub mod posterior;
pub mod system;
pub mod verdict;

pub use posterior::{Form, Posterior, Settings, held_out, invert};
pub use system::{Observation, Reported, System, Unknown};
pub use verdict::{Judged, Verdict, judge};
