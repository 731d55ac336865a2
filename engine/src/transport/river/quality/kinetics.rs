//! What happens to species in the water: first-order losses and conversions, whose rates depend on temperature, depth and
//! velocity and never on a concentration.
//!
//! ```text
//! d m_i/dt = −Σ_r k_r m_i + Σ_r Y_r,i k_r m_from(r)            k_r(T) = k_r(20) θ_r^(T − 20)
//! ```
//! `m` mass in a cell, kg; `k` s⁻¹; `Y` kg kg⁻¹. One reaction may have several products: nitrification makes nitrate (1.0)
//! and oxygen deficit (4.57 kg O2 per kg NH3-N). The temperature correction is the modified Arrhenius form (Chapra 1997,
//! Surface Water-Quality Modeling, eq. 2.44).

use super::oxygen::Reaeration;
use crate::problem::{Error, Result};
use crate::region::pollutant::Medium;
use crate::region::source::{Process, ReactionStep};

/// A first-order rate at 20 °C.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// s⁻¹.
    PerSecond(f64),
    /// A velocity (settling, or uptake at the bed) over the depth, m s⁻¹.
    OverDepth(f64),
    /// Exchange of oxygen with the air.
    Reaeration(Reaeration),
}

/// One step of the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    /// Position of what is lost.
    pub species: usize,
    /// Position and yield of what is made, kg kg⁻¹; empty = lost to nothing.
    pub products: Vec<(usize, f64)>,
    /// How fast, at 20 °C.
    pub rate: Rate,
    /// θ of the temperature correction; 1 = none.
    pub theta: f64,
}

/// What the water around a cell is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surroundings {
    /// °C.
    pub temperature_c: f64,
    /// m s⁻¹, not negative.
    pub velocity_m_s: f64,
    /// m; `None` where it is not known.
    pub depth_m: Option<f64>,
}

/// The species, their reactions, and what is measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kinetics {
    /// Names.
    pub species: Vec<String>,
    /// Reactions.
    pub reactions: Vec<Reaction>,
    /// For every measured quantity: its name and the weight of each species, kg kg⁻¹.
    pub observed: Vec<(String, Vec<f64>)>,
}

impl Kinetics {
    /// Species that only travel, each measured as itself.
    pub fn conservative(species: &[&str]) -> Kinetics {
        let unit = |i: usize| (0..species.len()).map(|j| f64::from(u8::from(i == j))).collect();
        Kinetics {
            species: species.iter().map(|s| (*s).to_string()).collect(),
            reactions: Vec::new(),
            observed: species.iter().enumerate().map(|(i, s)| ((*s).to_string(), unit(i))).collect(),
        }
    }

    /// The water rows of a chain table, without temperature correction.
    pub fn of_steps(steps: &[ReactionStep]) -> Kinetics {
        let chain = crate::transport::Chain::new(steps, Medium::Water);
        let mut reactions = Vec::new();
        for step in steps.iter().filter(|s| s.medium == Medium::Water && s.process != Process::Observe) {
            let Some(species) = chain.index(&step.species) else { continue };
            let product = chain.index(&step.product).filter(|_| step.process == Process::Convert);
            let products = product.map(|p| (p, step.mass_yield)).into_iter().collect();
            reactions.push(Reaction { species, products, rate: Rate::PerSecond(step.rate_per_s), theta: 1.0 });
        }
        Kinetics { species: chain.species, reactions, observed: chain.observed }
    }

    /// Adds a first-order loss at 20 °C.
    pub fn with_loss(mut self, species: usize, rate_per_s: f64, theta: f64) -> Kinetics {
        self.reactions.push(Reaction { species, products: Vec::new(), rate: Rate::PerSecond(rate_per_s), theta });
        self
    }

    /// Adds a conversion at 20 °C.
    pub fn with_conversion(
        mut self,
        species: usize,
        products: &[(usize, f64)],
        rate_per_s: f64,
        theta: f64,
    ) -> Kinetics {
        self.reactions.push(Reaction {
            species,
            products: products.to_vec(),
            rate: Rate::PerSecond(rate_per_s),
            theta,
        });
        self
    }

    /// Position of a species.
    pub fn index(&self, species: &str) -> Option<usize> {
        self.species.iter().position(|s| s == species)
    }

    /// Whether a rate depends on velocity or depth.
    pub fn depends_on_flow(&self) -> bool {
        self.reactions.iter().any(|r| !matches!(r.rate, Rate::PerSecond(_)))
    }

    /// Whether a rate depends on temperature.
    pub fn depends_on_temperature(&self) -> bool {
        self.reactions.iter().any(|r| r.theta != 1.0)
    }

    /// Whether nothing is made of anything else.
    pub fn is_diagonal(&self) -> bool {
        self.reactions.iter().all(|r| r.products.is_empty())
    }

    /// Refuses rates and yields that are not numbers or negative, and species that do not exist.
    pub fn check(&self) -> Result<()> {
        let n = self.species.len();
        if n == 0 {
            return Err(Error::Stage("the chain of the water has no species".into()));
        }
        for r in &self.reactions {
            if r.species >= n || r.products.iter().any(|(p, _)| *p >= n) {
                return Err(Error::Stage("a reaction of the water names a species that does not exist".into()));
            }
            let rate = match r.rate {
                Rate::PerSecond(k) | Rate::OverDepth(k) => k,
                Rate::Reaeration(_) => 0.0,
            };
            let name = &self.species[r.species];
            if !(rate >= 0.0 && rate.is_finite() && r.theta > 0.0 && r.theta.is_finite()) {
                return Err(Error::Stage(format!(
                    "{name}: a reaction has the rate {rate} and the temperature factor {}; the rate must not be negative and the factor must be above 0",
                    r.theta
                )));
            }
            if let Some((_, y)) = r.products.iter().find(|(_, y)| !(*y >= 0.0 && y.is_finite())) {
                return Err(Error::Stage(format!("{name}: a reaction has the yield {y}, but none may be negative")));
            }
        }
        Ok(())
    }

    /// Rate of each reaction, s⁻¹. A rate over a depth that is not known is 0.
    pub fn rates(&self, around: Surroundings) -> Vec<f64> {
        let depth = around.depth_m.filter(|h| *h > 0.0);
        let rate = |r: &Reaction| {
            let at_20 = match r.rate {
                Rate::PerSecond(k) => k,
                Rate::OverDepth(v) => depth.map_or(0.0, |h| v / h),
                Rate::Reaeration(formula) => depth.map_or(0.0, |h| formula.per_s(around.velocity_m_s, h)),
            };
            at_20 * r.theta.powf(around.temperature_c - 20.0)
        };
        self.reactions.iter().map(rate).collect()
    }

    /// Elements (to, from, s⁻¹) of A in d m/dt = A m; several may stand at one place and add up.
    pub fn terms(&self, around: Surroundings) -> Vec<(usize, usize, f64)> {
        let mut terms = Vec::new();
        for (r, k) in self.reactions.iter().zip(self.rates(around)) {
            terms.push((r.species, r.species, -k));
            terms.extend(r.products.iter().map(|(p, y)| (*p, r.species, y * k)));
        }
        terms
    }

    /// The species that can become one of `targets`, those included, in their order.
    pub fn ancestors(&self, targets: &[usize]) -> Vec<usize> {
        let mut found: Vec<bool> = (0..self.species.len()).map(|s| targets.contains(&s)).collect();
        loop {
            let more = self.reactions.iter().filter(|r| !found[r.species] && r.products.iter().any(|(p, _)| found[*p]));
            let more: Vec<usize> = more.map(|r| r.species).collect();
            if more.is_empty() {
                return (0..found.len()).filter(|s| found[*s]).collect();
            }
            more.iter().for_each(|s| found[*s] = true);
        }
    }

    /// The chain of some species alone: what they make outside of it is left out.
    pub fn restricted(&self, species: &[usize]) -> Kinetics {
        let place = |s: usize| species.iter().position(|x| *x == s);
        let reactions = self.reactions.iter().filter_map(|r| {
            let products = r.products.iter().filter_map(|(p, y)| place(*p).map(|p| (p, *y))).collect();
            place(r.species).map(|species| Reaction { species, products, ..r.clone() })
        });
        Kinetics {
            species: species.iter().map(|s| self.species[*s].clone()).collect(),
            reactions: reactions.collect(),
            observed: self
                .observed
                .iter()
                .map(|(name, w)| (name.clone(), species.iter().map(|s| w[*s]).collect()))
                .collect(),
        }
    }
}
