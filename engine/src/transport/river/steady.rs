//! Steady transport of species loads through the network, forward and adjoint.
//!
//! ```text
//! plug flow        dL/dx = τ A L + q            0 ≤ x ≤ 1, share of the travel time
//!                  L(x) = exp(A τ x) L(0) + ∫₀ˣ exp(A τ s) ds q
//! stirred lake     L_out = (I − τ A)⁻¹ (L_in + q)
//! gate             L_out = L_in + q             (plug flow with τ = 0)
//! division         L_in(b) = share_b · L_out
//! section          y = wᵀ L / Q
//! adjoint          λ(section) = w / Q,  λ(head) = T(x)ᵀ λ(x),  λ(foot) = Σ_b share_b λ_b(head)
//! ```
//! `L` load of each species (kg s⁻¹), `q` what enters evenly along the reach (kg s⁻¹), `A` the chain (s⁻¹), `τ` travel time
//! (s), `w` weight of each species in the measured quantity (kg kg⁻¹), `Q` flow (m³ s⁻¹), `T` the transfer to the section.
//! The integral is exact ([`Chain::mean_propagator`]), so no step size enters.
//!
//! Kinetics: Streeter & Phelps (1925) and Chapra (1997, Surface Water-Quality Modeling, ch. 3, 9) for plug flow and stirred
//! lakes. Adjoint: Marchuk (1995, Adjoint Equations and Analysis of Complex Systems).
//!
//! Assumes a steady state at the mean flow, first-order rates, no mixing along a reach, full mixing in a lake, and loads
//! that divide as the water does. Fails for storms, tides that turn the river, stratified lakes, and species whose loss
//! saturates. A source and a section at one place: the section feels the source.
//!
//! The two sweeps share no route: the adjoint jumps from section to source with one exponential each, once per section
//! and quantity; the forward run marches down each reach from pipe to pipe and carries the mass in the water along.

use super::network::{Entry, Network};
use crate::problem::{Error, Result};
use crate::transport::chain::{Chain, Matrix};

/// What stands in one element, seen from a place in it: the transfer from its head to that place, and from each site.
#[derive(Debug)]
pub struct Passage {
    head: Matrix,
    sites: Vec<(usize, Matrix)>,
}

/// The passage through a reach down to the share `x` of its travel time (1 = its foot).
pub fn passage(network: &Network<'_>, reach: usize, x: f64) -> Result<Passage> {
    let (chain, travel_s) = (&network.chain, network.travel_s(reach));
    let entries = &network.entries[reach];
    if network.is_stirred(reach) {
        let stirred = chain.stirred(travel_s)?;
        let sites = entries.iter().map(|(site, _)| (*site, stirred.clone())).collect();
        return bounded(network, reach, Passage { head: stirred, sites });
    }
    let over = |share: f64| chain.propagator(share * travel_s, &[]);
    let sites = entries
        .iter()
        .filter_map(|(site, entry)| match entry {
            Entry::Head => Some((*site, over(x))),
            Entry::At(at) if *at <= x => Some((*site, over(x - at))),
            Entry::At(_) => None,
            // ∫₀ˣ exp(A τ s) ds = x ∫₀¹ exp(A τ x s) ds
            Entry::Spread => Some((*site, scaled(chain.mean_propagator(x * travel_s), x, chain))),
        })
        .collect();
    bounded(network, reach, Passage { head: over(x), sites })
}

fn scaled(mut m: Matrix, by: f64, chain: &Chain) -> Matrix {
    for i in 0..chain.species.len() {
        for j in 0..chain.species.len() {
            *m.at_mut(i, j) *= by;
        }
    }
    m
}

/// A chain that makes more than it takes (mass yields above 1 in a circle) grows without bound, or has no steady state.
fn bounded(network: &Network<'_>, reach: usize, passage: Passage) -> Result<Passage> {
    let n = network.chain.species.len();
    let fits = |m: &Matrix| {
        let all = || (0..n).flat_map(|i| (0..n).map(move |j| m.at(i, j)));
        let most = all().fold(0.0, |a: f64, b| a.max(b.abs()));
        most < 1e12 && all().all(|x| x.is_finite() && x >= -1e-9 * most)
    };
    if passage.sites.iter().map(|s| &s.1).chain([&passage.head]).all(fits) {
        return Ok(passage);
    }
    let reach = &network.case.reaches[reach].id;
    Err(Error::Stage(format!(
        "the water chain grows without bound in {reach}; check that mass_yield of the conversions in chain.csv makes no \
         mass in a circle"
    )))
}

/// The passages through all elements to their feet.
pub fn passages(network: &Network<'_>) -> Result<Vec<Passage>> {
    (0..network.case.reaches.len()).map(|reach| passage(network, reach, 1.0)).collect()
}

/// One backward sweep: what the measured quantity `weights` at a section feels of 1 kg s⁻¹ of each species at each site,
/// as (site, species, s m⁻³), only what is not zero.
pub fn adjoint(
    network: &Network<'_>,
    whole: &[Passage],
    (reach, x): (usize, f64),
    weights: &[f64],
) -> Result<Vec<(usize, usize, f64)>> {
    let reaches = &network.case.reaches;
    let flow = reaches[reach].flow_m3_s;
    let at_section: Vec<f64> = weights.iter().map(|w| w / flow).collect();
    let own = passage(network, reach, x)?;
    let mut felt = Vec::new();
    let mut at_head: Vec<Option<Vec<f64>>> = vec![None; reaches.len()];
    for r in network.order.iter().rev().copied() {
        let (through, at_foot) = if r == reach {
            (&own, Some(at_section.clone()))
        } else {
            (&whole[r], foot(&reaches[r].branches, &at_head))
        };
        let Some(at_foot) = at_foot else { continue };
        for (site, transfer) in &through.sites {
            let sensitivity = transfer.apply_transposed(&at_foot);
            felt.extend(sensitivity.iter().enumerate().filter(|s| *s.1 != 0.0).map(|(i, s)| (*site, i, *s)));
        }
        at_head[r] = Some(through.head.apply_transposed(&at_foot));
    }
    Ok(felt)
}

/// λ(foot) = Σ_b share_b λ_b(head); `None` where nothing below feels it.
fn foot(branches: &[crate::region::network::Branch], at_head: &[Option<Vec<f64>>]) -> Option<Vec<f64>> {
    let mut sum: Option<Vec<f64>> = None;
    for branch in branches {
        let Some(below) = branch.to.and_then(|to| at_head[to].as_ref()) else { continue };
        let sum = sum.get_or_insert_with(|| vec![0.0; below.len()]);
        sum.iter_mut().zip(below).for_each(|(s, b)| *s += branch.share * b);
    }
    sum
}

/// What a forward sweep leaves behind.
#[derive(Debug, Clone, Default)]
pub struct Sweep {
    /// Load at each section of the case, kg s⁻¹ by species; empty where the section is on no reach.
    pub at_section: Vec<Vec<f64>>,
    /// Load into each reach at its head, kg s⁻¹.
    pub head: Vec<Vec<f64>>,
    /// Load at its foot, kg s⁻¹.
    pub foot: Vec<Vec<f64>>,
    /// Mass in it, kg.
    pub mass: Vec<Vec<f64>>,
}

/// One forward sweep with the given rates (site × species, kg s⁻¹).
pub fn forward(network: &Network<'_>, rates: &[Vec<f64>]) -> Result<Sweep> {
    let (reaches, n) = (&network.case.reaches, network.chain.species.len());
    let none = || vec![vec![0.0; n]; reaches.len()];
    let mut sweep =
        Sweep { at_section: vec![Vec::new(); network.case.sections.len()], head: none(), foot: none(), mass: none() };
    for r in network.order.iter().copied() {
        for (site, entry) in &network.entries[r] {
            if *entry == Entry::Head {
                add(&mut sweep.head[r], &rates[*site], 1.0);
            }
        }
        let along = Along::new(network, r, rates);
        let (foot, mass) = if network.is_stirred(r) {
            along.stirred(&sweep.head[r], &mut sweep.at_section)?
        } else {
            along.march(&sweep.head[r], &mut sweep.at_section)
        };
        for branch in &reaches[r].branches {
            if let Some(to) = branch.to {
                add(&mut sweep.head[to], &foot, branch.share);
            }
        }
        (sweep.foot[r], sweep.mass[r]) = (foot, mass);
    }
    Ok(sweep)
}

fn add(sum: &mut [f64], more: &[f64], share: f64) {
    sum.iter_mut().zip(more).for_each(|(s, m)| *s += share * m);
}

/// What happens along one element on the way down.
struct Along<'a> {
    chain: &'a Chain,
    travel_s: f64,
    /// Even input, kg s⁻¹.
    spread: Vec<f64>,
    /// Pipes by place.
    pipes: Vec<(f64, &'a [f64])>,
    /// Sections by place.
    sections: Vec<(f64, usize)>,
}

impl<'a> Along<'a> {
    fn new(network: &'a Network<'_>, reach: usize, rates: &'a [Vec<f64>]) -> Along<'a> {
        let mut spread = vec![0.0; network.chain.species.len()];
        let mut pipes: Vec<(f64, &[f64])> = Vec::new();
        for (site, entry) in &network.entries[reach] {
            match entry {
                Entry::Head => {}
                Entry::At(x) => pipes.push((*x, &rates[*site])),
                Entry::Spread => add(&mut spread, &rates[*site], 1.0),
            }
        }
        pipes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let here = |s: usize| network.place_of(s).filter(|p| p.0 == reach).map(|p| (p.1, s));
        let mut sections: Vec<(f64, usize)> = (0..network.case.sections.len()).filter_map(here).collect();
        sections.sort_by(|a, b| a.0.total_cmp(&b.0));
        Along { chain: &network.chain, travel_s: network.travel_s(reach), spread, pipes, sections }
    }

    /// L_out = (I − τ A)⁻¹ (L_in + q); the lake holds τ L_out.
    fn stirred(&self, inflow: &[f64], at_section: &mut [Vec<f64>]) -> Result<(Vec<f64>, Vec<f64>)> {
        let mut sum = inflow.to_vec();
        add(&mut sum, &self.spread, 1.0);
        self.pipes.iter().for_each(|(_, rate)| add(&mut sum, rate, 1.0));
        let out = self.chain.stirred(self.travel_s)?.apply(&sum);
        self.sections.iter().for_each(|(_, s)| at_section[*s].clone_from(&out));
        let mass = out.iter().map(|l| l * self.travel_s).collect();
        Ok((out, mass))
    }

    /// From stop to stop, pipes before sections at one place. Gives the load at the foot and the mass on the way.
    fn march(&self, inflow: &[f64], at_section: &mut [Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
        let (mut load, mut mass, mut x) = (inflow.to_vec(), vec![0.0; inflow.len()], 0.0);
        let (mut pipes, mut sections) = (self.pipes.iter().peekable(), self.sections.iter().peekable());
        loop {
            let next_pipe = pipes.peek().map_or(f64::INFINITY, |p| p.0);
            let next_section = sections.peek().map_or(f64::INFINITY, |s| s.0);
            let stop = next_pipe.min(next_section).min(1.0);
            if stop > x {
                self.advance(stop - x, &mut load, &mut mass);
                x = stop;
            }
            if next_pipe <= x {
                pipes.next().into_iter().for_each(|(_, rate)| add(&mut load, rate, 1.0));
            } else if next_section <= x {
                sections.next().into_iter().for_each(|(_, s)| at_section[*s].clone_from(&load));
            } else {
                return (load, mass);
            }
        }
    }

    /// Over the share `dx` of the way: d(m, L, q)/dx = (L, τ A L + q, 0), in one exponential; the mass is τ m.
    fn advance(&self, dx: f64, load: &mut [f64], mass: &mut [f64]) {
        let n = load.len();
        let mut z = Matrix::zero(3 * n);
        for i in 0..n {
            *z.at_mut(i, n + i) = 1.0;
            *z.at_mut(n + i, 2 * n + i) = 1.0;
            for j in 0..n {
                *z.at_mut(n + i, n + j) = self.travel_s * self.chain.rates.at(i, j);
            }
        }
        let start: Vec<f64> = vec![0.0; n].into_iter().chain(load.iter().copied()).chain(self.spread.clone()).collect();
        let end = z.exp(dx).apply(&start);
        mass.iter_mut().zip(&end).for_each(|(m, e)| *m += self.travel_s * e);
        load.iter_mut().zip(&end[n..]).for_each(|(l, e)| *l = *e);
    }
}
