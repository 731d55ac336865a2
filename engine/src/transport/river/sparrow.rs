//! SPARROW's mass accounting: mean annual loads on a network of reaches with land-to-water delivery, decay and diversions.
//!
//! ```text
//! S_i   = Σ_n α_n s_in exp(Σ_m θ_m (z_im − z̄_m))                 load delivered to reach i from its own land
//! A_i   = exp(−Σ_k κ_k t_ik) · Π_l 1/(1 + ρ_l q_il)               what passes reach i (stream time, areal load inverse)
//! L_i   = √R_i V_i S_i + A_i Σ_j f_ji L_j                         R the stream factor, V the reservoir factor, A = R V
//! d_i   = 1 at a target, else Σ_k f_ik A_k d_k                    share of what leaves i that reaches a target
//! ```
//! (Schwarz, Hoos, Alexander & Smith 2006, USGS Techniques and Methods 6-B3, eq. 1.27 ff.) The exponent's mean runs over all
//! reaches; a term acts on a source only where the design says so. Loads keep the unit that the table and the coefficients give
//! (kg per year in the published models): everything is linear in it. Published loads are `retransformation` times these
//! (Duan's smearing factor); residuals are taken without it.

use crate::region::river::Link;

/// One coefficient and the values it multiplies, reach by reach.
#[derive(Debug, Clone)]
pub struct Term {
    /// Coefficient.
    pub coefficient: f64,
    /// Value at each reach.
    pub values: Vec<f64>,
}

/// A source: its term, and which delivery terms act on it.
#[derive(Debug, Clone)]
pub struct Source {
    /// Coefficient and amounts.
    pub term: Term,
    /// For each delivery term whether it acts.
    pub delivered_by: Vec<bool>,
}

/// A model on its reaches.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Sources.
    pub sources: Vec<Source>,
    /// Land-to-water delivery.
    pub delivery: Vec<Term>,
    /// First-order decay over travel time.
    pub stream: Vec<Term>,
    /// Reservoirs: settling velocity over areal hydraulic load.
    pub reservoir: Vec<Term>,
}

/// Loads of every reach.
#[derive(Debug, Clone)]
pub struct Loads {
    /// At the foot, by reach and source.
    pub total: Vec<Vec<f64>>,
    /// From the reach's own land with half of its decay, by reach and source.
    pub own: Vec<Vec<f64>>,
}

impl Model {
    /// What passes each reach: (stream factor, reservoir factor).
    pub fn passes(&self, reaches: usize) -> Vec<(f64, f64)> {
        let sum = |terms: &[Term], i: usize| terms.iter().map(|t| t.coefficient * t.values[i]).sum::<f64>();
        (0..reaches)
            .map(|i| {
                let settled: f64 = self.reservoir.iter().map(|t| 1.0 / (1.0 + t.coefficient * t.values[i])).product();
                ((-sum(&self.stream, i)).exp(), settled)
            })
            .collect()
    }

    /// Loads; `order` names every reach after those that lead to it.
    pub fn loads(&self, order: &[usize], links: &[Link]) -> Loads {
        let n = order.len();
        let means: Vec<f64> = self.delivery.iter().map(|t| t.values.iter().sum::<f64>() / n as f64).collect();
        let passes = self.passes(n);
        let below = below(n, links);
        let zero = vec![vec![0.0; self.sources.len()]; n];
        let mut loads = Loads { total: zero.clone(), own: zero.clone() };
        let mut above = zero;
        for &i in order {
            let (stream, reservoir) = passes[i];
            for (k, source) in self.sources.iter().enumerate() {
                let exponent: f64 = self
                    .delivery
                    .iter()
                    .zip(&means)
                    .zip(&source.delivered_by)
                    .filter(|(_, acts)| **acts)
                    .map(|((t, mean), _)| t.coefficient * (t.values[i] - mean))
                    .sum();
                let delivered = source.term.coefficient * source.term.values[i] * exponent.exp();
                loads.own[i][k] = stream.sqrt() * reservoir * delivered;
                loads.total[i][k] = loads.own[i][k] + stream * reservoir * above[i][k];
            }
            for (to, share) in &below[i] {
                above[*to].iter_mut().zip(&loads.total[i]).for_each(|(a, load)| *a += share * load);
            }
        }
        loads
    }

    /// Share of what leaves each reach that arrives at a target: the transpose of the same accounting.
    pub fn delivered(&self, order: &[usize], links: &[Link], targets: &[bool]) -> Vec<f64> {
        let passes = self.passes(order.len());
        let below = below(order.len(), links);
        let mut found = vec![0.0; order.len()];
        for &i in order.iter().rev() {
            found[i] = if targets[i] {
                1.0
            } else {
                below[i].iter().map(|(to, share)| share * passes[*to].0 * passes[*to].1 * found[*to]).sum()
            };
        }
        found
    }
}

/// For each reach where its load goes inside the network, and with which share.
fn below(reaches: usize, links: &[Link]) -> Vec<Vec<(usize, f64)>> {
    let mut below = vec![Vec::new(); reaches];
    links.iter().filter_map(|l| l.to.map(|to| (l, to))).for_each(|(l, to)| below[l.from].push((to, l.share)));
    below
}
