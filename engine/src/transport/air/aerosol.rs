//! How much of the nitrate and ammonium at a receptor are particles: ammonium nitrate in equilibrium, sulfate neutralised first.
//!
//! ```text
//! a = max(0, A − 2 S)      free ammonia;  A, S, N total NH3 + NH4, S(VI), N(V), mol m⁻³
//! (a − n)(N − n) = K       n = NH4NO3;  n = 0 where a N ≤ K
//! p_S = S      p_N = n      p_A = min(A, 2 S) + n
//!
//! RH ≤ RH_d   ln K_p = 118.87 − 24084/T − 6.025 ln T                        nbar²
//! RH > RH_d   K_p,aq = (P1 − P2 (1 − RH) + P3 (1 − RH)²) (1 − RH)^1.75 K_p
//!             ln P1 = −135.94 + 8763/T + 19.12 ln T,  ln P2 = −122.65 + 9969/T + 16.22 ln T,
//!             ln P3 = −182.61 + 13875/T + 24.46 ln T;      ln RH_d = 618.3/T − 2.551
//! ```
//! Mozurkewich (1993), Atmos. Environ. 27A, 261–270: the dissociation of pure ammonium nitrate. Sulfate in the particles
//! (which raises nitrate in wet, ammonia-poor air), sodium, dust and coarse nitrate are left out; the time to equilibrium
//! (minutes to hours, slow in cold air) is taken as nought.
//!
//! Two linear operators from totals to particles. The **marginal** one is the Jacobian: with the gases g_a = a − n and
//! g_N = N − n, ∂n/∂a = g_N/(g_a + g_N), ∂n/∂N = g_a/(g_a + g_N). The **share** is the Jacobian averaged along the ray on which all
//! totals grow from 0 to what they are: below λ0 = √(K/(aN)) there is no nitrate, above it g_a + g_N = D(λ) =
//! √(λ²(a − N)² + 4K), so that
//! ```text
//! ⟨∂n/∂a⟩ = ½ (1 − λ0 − (a − N)(1 − λ0²)/(D(1) + D(λ0)))        ⟨∂n/∂N⟩ the same with the sign of the last term turned
//! ```
//! and a⟨∂n/∂a⟩ + N⟨∂n/∂N⟩ = n: the shares sum to the modelled value.

use crate::problem::{Error, Result};
use crate::transport::Footprint;
use crate::transport::footprint::Operator;

const GAS_CONSTANT: f64 = 8.314_462_6;
/// Molar masses of sulfate, nitrate, ammonium as they are carried, kg mol⁻¹.
pub const MOLAR_KG: [f64; 3] = [0.096_06, 0.062_00, 0.018_04];
/// Temperatures at which the fit holds (and a little beyond), K.
const TEMPERATURES_K: [f64; 2] = [230.0, 330.0];
/// Above this humidity the water activity is held: K → 0 at 1.
const MOST_HUMID: f64 = 0.98;

/// Sulfate, nitrate, ammonium, in this order.
pub type Totals = [f64; 3];
/// Particles (row) of totals (column).
pub type Particles = [[f64; 3]; 3];

/// K of ammonium nitrate at a temperature (K) and relative humidity (0 to 1), (mol m⁻³)².
pub fn dissociation(temperature_k: f64, humidity: f64) -> f64 {
    let t = temperature_k.clamp(TEMPERATURES_K[0], TEMPERATURES_K[1]);
    let fit = |a: f64, b: f64, c: f64| (a + b / t + c * t.ln()).exp();
    let mut nbar2 = fit(118.87, -24_084.0, -6.025);
    if humidity > deliquescence(t) {
        let dry = 1.0 - humidity.min(MOST_HUMID);
        let (p1, p2, p3) = (fit(-135.94, 8763.0, 19.12), fit(-122.65, 9969.0, 16.22), fit(-182.61, 13_875.0, 24.46));
        nbar2 *= (p1 - p2 * dry + p3 * dry * dry) * dry.powf(1.75);
    }
    // 1 nbar = 1e-4 Pa = 1e-4/(R T) mol m⁻³.
    nbar2 * (1e-4 / (GAS_CONSTANT * t)).powi(2)
}

/// The humidity at which dry ammonium nitrate dissolves, 0 to 1.
pub fn deliquescence(temperature_k: f64) -> f64 {
    (618.3 / temperature_k - 2.551).exp()
}

/// The receptor's air in equilibrium.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equilibrium {
    free: f64,
    nitrate: f64,
    sulfate: f64,
    ammonia: f64,
    n: f64,
    k: f64,
}

impl Equilibrium {
    /// Of totals in kg m⁻³; below 0 counts as 0.
    pub fn new(totals: Totals, temperature_k: f64, humidity: f64) -> Equilibrium {
        let mol = |at: usize| totals[at].max(0.0) / MOLAR_KG[at];
        let (sulfate, nitrate, ammonia) = (mol(0), mol(1), mol(2));
        let free = (ammonia - 2.0 * sulfate).max(0.0);
        let k = dissociation(temperature_k, humidity);
        let n = if free * nitrate > k {
            // The smaller root of n² − (a + N) n + aN − K = 0, written without cancellation.
            let sum = free + nitrate;
            2.0 * (free * nitrate - k) / (sum + ((free - nitrate).powi(2) + 4.0 * k).sqrt())
        } else {
            0.0
        };
        Equilibrium { free, nitrate, sulfate, ammonia, n, k }
    }

    /// Particulate sulfate, nitrate and ammonium, kg m⁻³.
    pub fn particles(&self) -> Totals {
        let ammonium = self.ammonia.min(2.0 * self.sulfate) + self.n;
        [self.sulfate * MOLAR_KG[0], self.n * MOLAR_KG[1], ammonium * MOLAR_KG[2]]
    }

    /// The Jacobian of the particles by the totals, kg kg⁻¹.
    pub fn marginal(&self) -> Particles {
        let gases = self.free + self.nitrate - 2.0 * self.n;
        let (by_free, by_nitrate) = if self.n > 0.0 && gases > 0.0 {
            ((self.nitrate - self.n) / gases, (self.free - self.n) / gases)
        } else {
            (0.0, 0.0)
        };
        self.operator(by_free, by_nitrate)
    }

    /// The Jacobian averaged while all totals grow from 0: applied to the totals it gives the particles.
    pub fn share(&self) -> Particles {
        if self.n <= 0.0 {
            return self.operator(0.0, 0.0);
        }
        let (a, b) = (self.free, self.nitrate);
        let onset = (self.k / (a * b)).sqrt().min(1.0);
        let (end, begin) = (((a - b).powi(2) + 4.0 * self.k).sqrt(), onset * (a + b));
        let lean = (a - b) * (1.0 - onset * onset) / (end + begin);
        self.operator(0.5 * (1.0 - onset - lean), 0.5 * (1.0 - onset + lean))
    }

    /// Molar derivatives of n turned into particles by totals, by mass.
    fn operator(&self, by_free: f64, by_nitrate: f64) -> Particles {
        let rich = self.ammonia > 2.0 * self.sulfate;
        // Of one mole more of sulfate, nitrate, ammonia: the change of n, and of neutralised ammonia.
        let n = if rich { [-2.0 * by_free, by_nitrate, by_free] } else { [0.0; 3] };
        let neutral = if rich { [2.0, 0.0, 0.0] } else { [0.0, 0.0, 1.0] };
        let mut out = [[0.0; 3]; 3];
        out[0][0] = 1.0;
        for of in 0..3 {
            out[1][of] = n[of] * MOLAR_KG[1] / MOLAR_KG[of];
            out[2][of] = (n[of] + neutral[of]) * MOLAR_KG[2] / MOLAR_KG[of];
        }
        out
    }
}

/// The air at a receptor over a row's period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReceptorAir {
    /// Temperature, K.
    pub temperature_k: f64,
    /// Relative humidity, 0 to 1.
    pub humidity: f64,
}

/// The names of the totals in the footprint (its rows' pollutants), and of the particles that replace them.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Total S(VI), N(V), NH3 + NH4.
    pub totals: [&'a str; 3],
    /// Particulate sulfate, nitrate, ammonium.
    pub particles: [&'a str; 3],
}

/// A footprint of totals turned into one of particles. `base(receptor row of the first total)` gives the totals there (kg m⁻³,
/// modelled with what came from outside) and its air. The rows of the three totals become rows of the three particles;
/// every other row is kept. `operator` is [`Operator::Share`] or [`Operator::Marginal`].
pub fn at_receptors(
    footprint: &Footprint,
    names: Names<'_>,
    operator: Operator,
    base: &dyn Fn(usize) -> (Totals, ReceptorAir),
) -> Result<Footprint> {
    let mut out = footprint.emptied();
    out.operator = operator;
    for (at, row) in footprint.rows.iter().enumerate() {
        let Some(which) = names.totals.iter().position(|t| *t == row.pollutant) else {
            out.push_row(row.clone(), footprint.base[at].clone(), footprint.entries_of(at, 1.0));
            continue;
        };
        if which > 0 {
            continue;
        }
        let mut rows = [0; 3];
        for (place, total) in rows.iter_mut().zip(names.totals) {
            *place = footprint.find(&row.receptor, total, row.period).ok_or_else(|| {
                Error::Stage(format!(
                    "{}: the footprint has no row of {total} for {}; sulfate, nitrate and ammonium are in equilibrium only together",
                    row.receptor,
                    row.period.start.iso(0)
                ))
            })?;
        }
        let (totals, air) = base(at);
        let equilibrium = Equilibrium::new(totals, air.temperature_k, air.humidity);
        let matrix = match operator {
            Operator::Marginal => equilibrium.marginal(),
            Operator::Share | Operator::Linear => equilibrium.share(),
        };
        for (particle, factors) in names.particles.iter().zip(matrix) {
            let row = crate::transport::footprint::ReceptorPeriod { pollutant: (*particle).into(), ..row.clone() };
            out.push_row(row, footprint.base[at].clone(), footprint.combined(&rows, &factors));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rich and poor in ammonia, warm and cold, dry and humid: totals in µg m⁻³, K, RH.
    const AIRS: [([f64; 3], f64, f64); 7] = [
        ([12.0, 25.0, 18.0], 275.0, 0.85),
        ([12.0, 25.0, 18.0], 275.0, 0.40),
        ([5.0, 4.0, 30.0], 285.0, 0.70),
        ([5.0, 60.0, 8.0], 270.0, 0.55),
        ([10.0, 10.0, 10.0], 305.0, 0.30),
        ([40.0, 20.0, 9.0], 280.0, 0.80),
        ([0.0, 20.0, 5.805_7], 278.0, 0.60),
    ];

    fn kg(totals: [f64; 3]) -> Totals {
        totals.map(|t| t * 1e-9)
    }

    #[test]
    fn the_constant_at_25_degrees_is_mozurkewichs_and_the_step_where_the_salt_dissolves_is_small() {
        let nbar2 = |k: f64| k / (1e-4 / (GAS_CONSTANT * 298.15)).powi(2);
        // exp(118.87 − 24084/298.15 − 6.025 ln 298.15) = 43.11 by hand. An older fit lies at 28 (Stelson &
        // Seinfeld 1982: 84.6 − 24220/T − 6.1 ln(T/298)).
        assert!((nbar2(dissociation(298.15, 0.3)) - 43.11).abs() < 0.01, "{}", nbar2(dissociation(298.15, 0.3)));
        assert!((deliquescence(298.15) - 0.62).abs() < 0.005);
        for t in [275.0, 285.0, 298.15, 305.0] {
            let at = deliquescence(t);
            let ratio = dissociation(t, at + 1e-9) / dissociation(t, at - 1e-9);
            assert!((ratio - 1.0).abs() < 0.10, "{t}: {ratio}");
        }
        assert!(dissociation(288.0, 0.95) < 0.1 * dissociation(288.0, 0.5));
        assert!(dissociation(273.0, 0.5) < 0.02 * dissociation(298.0, 0.5));
    }

    #[test]
    fn the_gases_stand_in_equilibrium_and_every_atom_is_somewhere() {
        for (totals, t, rh) in AIRS {
            let e = Equilibrium::new(kg(totals), t, rh);
            let [s, n, a] = e.particles();
            assert!((s / (totals[0] * 1e-9) - 1.0).abs() < 1e-12 || totals[0] == 0.0);
            assert!(n >= 0.0 && n <= totals[1] * 1e-9 && a >= 0.0 && a <= totals[2] * 1e-9 * (1.0 + 1e-12));
            let gas_n = (totals[1] * 1e-9 - n) / MOLAR_KG[1];
            let gas_a = (totals[2] * 1e-9 - a) / MOLAR_KG[2];
            let k = dissociation(t, rh);
            if n > 0.0 {
                assert!((gas_n * gas_a / k - 1.0).abs() < 1e-6, "{totals:?}");
            } else {
                assert!(gas_n * gas_a <= k);
            }
        }
    }

    #[test]
    fn the_marginal_operator_is_the_derivative() {
        for (totals, t, rh) in AIRS {
            let jacobian = Equilibrium::new(kg(totals), t, rh).marginal();
            for of in 0..3 {
                // Away from the kink at a = 0 and at N = 0.
                if totals[of] < 1.0 {
                    continue;
                }
                let step = 1e-6 * totals[of];
                let moved = |sign: f64| {
                    let mut x = totals;
                    x[of] += sign * step;
                    Equilibrium::new(kg(x), t, rh).particles()
                };
                let (up, down) = (moved(1.0), moved(-1.0));
                for particle in 0..3 {
                    let difference = (up[particle] - down[particle]) / (2e-9 * step);
                    assert!((jacobian[particle][of] - difference).abs() < 1e-5, "{totals:?} {particle} {of}");
                }
            }
        }
    }

    #[test]
    fn shares_sum_to_the_modelled_value_and_are_the_average_of_the_jacobian() {
        for (totals, t, rh) in AIRS {
            let whole = Equilibrium::new(kg(totals), t, rh);
            let (share, particles) = (whole.share(), whole.particles());
            let steps = 40_000;
            let mut average = [[0.0; 3]; 3];
            for k in 0..steps {
                let scale = (f64::from(k) + 0.5) / f64::from(steps);
                let j = Equilibrium::new(kg(totals.map(|x| x * scale)), t, rh).marginal();
                for (sum, row) in average.iter_mut().zip(j) {
                    sum.iter_mut().zip(row).for_each(|(s, x)| *s += x / f64::from(steps));
                }
            }
            for particle in 0..3 {
                let sum: f64 = (0..3).map(|of| share[particle][of] * totals[of] * 1e-9).sum();
                assert!(
                    (sum - particles[particle]).abs() <= 1e-12 * particles[2].max(particles[particle]),
                    "{totals:?}"
                );
                for of in 0..3 {
                    assert!((share[particle][of] - average[particle][of]).abs() < 1e-3, "{totals:?} {particle} {of}");
                }
            }
        }
    }

    #[test]
    fn cutting_ammonia_lowers_nitrate_and_cutting_sulfate_raises_it() {
        let j = Equilibrium::new(kg([12.0, 25.0, 18.0]), 275.0, 0.6).marginal();
        assert!(j[1][2] > 0.0 && j[1][0] < 0.0 && j[1][1] > 0.0);
    }
}
