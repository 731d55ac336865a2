//! One step down the river, and its exact transpose up the river.
//!
//! ```text
//! x = R½ m⁰                 half a step of reactions (R = exp(A Δt), R½ R½ = R: Strang 1968, SIAM J. Numer. Anal. 5:506)
//! y = K x + s + E x + M y   transport (super::operator): keep, supply, explicit and implicit shares
//! m¹ = R½ (1 − l) y
//! ```
//! Two half steps that meet are one whole step: the sweep carries x from step to step and multiplies by `post`, which is R
//! between steps of one kind and R½ at their end. The transpose of every line, in reverse, is [`up`]; nothing else is needed
//! for the adjoint, and the two agree to rounding.
//!
//! A lane is a species (forward) or a species of one of several sections (backward); all lanes of a cell lie together and
//! share the transport. `N` species, `W` lanes, lane = species · (W/N) + section.

use super::elimination::Segment;
use super::operator::Operator;

/// Reactions of every cell over half a step and over a whole one.
#[derive(Debug, Clone)]
pub struct Reactions<const N: usize> {
    /// For each cell its place in the tables.
    pub which: Vec<u32>,
    /// R½, `[to][from]`.
    pub half: Vec<[[f64; N]; N]>,
    /// R.
    pub full: Vec<[[f64; N]; N]>,
    /// Whether all are diagonal.
    pub diagonal: bool,
}

/// P · v, lane by lane.
#[inline(always)]
fn react<const N: usize, const W: usize, const DIAGONAL: bool>(p: &[[f64; N]; N], v: &[f64; W]) -> [f64; W] {
    let r = W / N;
    let mut out = [0.0; W];
    for to in 0..N {
        if DIAGONAL {
            for k in 0..r {
                out[to * r + k] = p[to][to] * v[to * r + k];
            }
        } else {
            for from in 0..N {
                for k in 0..r {
                    out[to * r + k] += p[to][from] * v[from * r + k];
                }
            }
        }
    }
    out
}

/// Pᵀ · v, lane by lane.
#[inline(always)]
pub fn react_back<const N: usize, const W: usize, const DIAGONAL: bool>(p: &[[f64; N]; N], v: &[f64; W]) -> [f64; W] {
    let r = W / N;
    let mut out = [0.0; W];
    for from in 0..N {
        if DIAGONAL {
            for k in 0..r {
                out[from * r + k] = p[from][from] * v[from * r + k];
            }
        } else {
            for to in 0..N {
                for k in 0..r {
                    out[from * r + k] += p[to][from] * v[to * r + k];
                }
            }
        }
    }
    out
}

#[inline(always)]
fn add<const W: usize>(to: &mut [f64; W], factor: f64, v: &[f64; W]) {
    for k in 0..W {
        to[k] += factor * v[k];
    }
}

#[inline(always)]
fn scaled<const W: usize>(factor: f64, v: &[f64; W]) -> [f64; W] {
    let mut out = *v;
    out.iter_mut().for_each(|x| *x *= factor);
    out
}

/// Half a step of reactions in every cell.
pub fn half<const N: usize, const W: usize>(reactions: &Reactions<N>, m: &mut [[f64; W]]) {
    for (m, which) in m.iter_mut().zip(&reactions.which) {
        let p = &reactions.half[*which as usize];
        *m = if reactions.diagonal { react::<N, W, true>(p, m) } else { react::<N, W, false>(p, m) };
    }
}

/// The transpose of [`half`].
pub fn half_back<const N: usize, const W: usize>(reactions: &Reactions<N>, lambda: &mut [[f64; W]]) {
    for (lambda, which) in lambda.iter_mut().zip(&reactions.which) {
        let p = &reactions.half[*which as usize];
        *lambda =
            if reactions.diagonal { react_back::<N, W, true>(p, lambda) } else { react_back::<N, W, false>(p, lambda) };
    }
}

/// One step down: from `x` and the `supply` of the step (kg) to `y` and the next `x`.
pub fn down<const N: usize, const W: usize>(
    operator: &Operator,
    reactions: &Reactions<N>,
    post: &[[[f64; N]; N]],
    x: &[[f64; W]],
    supply: &[[f64; W]],
    y: &mut [[f64; W]],
    next: &mut [[f64; W]],
) {
    if reactions.diagonal {
        down_with::<N, W, true>(operator, reactions, post, x, supply, y, next);
    } else {
        down_with::<N, W, false>(operator, reactions, post, x, supply, y, next);
    }
}

fn down_with<const N: usize, const W: usize, const DIAGONAL: bool>(
    operator: &Operator,
    reactions: &Reactions<N>,
    post: &[[[f64; N]; N]],
    x: &[[f64; W]],
    supply: &[[f64; W]],
    y: &mut [[f64; W]],
    next: &mut [[f64; W]],
) {
    let solution = &operator.solution;
    for segment in &solution.segments {
        let (start, end) = (segment.start as usize, segment.end as usize);
        let rows = &solution.rows[start..end];
        let borders = &solution.starts[start..=end];
        for (cell, border) in rows.iter().zip(borders.windows(2)) {
            let i = *cell as usize;
            let mut sum = supply[i];
            add(&mut sum, operator.keep[i], &x[i]);
            for term in &solution.terms[border[0] as usize..border[1] as usize] {
                add(&mut sum, term.explicit, &x[term.from as usize]);
                add(&mut sum, term.implicit, &y[term.from as usize]);
            }
            y[i] = sum;
            if segment.block.is_none() {
                let p = &post[reactions.which[i] as usize];
                next[i] = react::<N, W, DIAGONAL>(p, &scaled(operator.stay[i], &sum));
            }
        }
        if let Some(block) = segment.block {
            substitute_back(operator, *segment, block as usize, y);
            for cell in rows {
                let i = *cell as usize;
                let p = &post[reactions.which[i] as usize];
                next[i] = react::<N, W, DIAGONAL>(p, &scaled(operator.stay[i], &y[i]));
            }
        }
    }
}

fn substitute_back<const W: usize>(operator: &Operator, segment: Segment, block: usize, y: &mut [[f64; W]]) {
    let solution = &operator.solution;
    for row in (segment.start as usize..segment.end as usize).rev() {
        let place = block + row - segment.start as usize;
        let i = solution.rows[row] as usize;
        let mut sum = y[i];
        for (other, u) in solution.upper_of(place) {
            add(&mut sum, *u, &y[*other as usize]);
        }
        y[i] = scaled(solution.inverse[place], &sum);
    }
}

/// The transpose of [`down`]: from the sensitivity `lambda` to the next x, and what is felt of y directly (already in
/// `mu`), to the sensitivity to x (in `lambda`) and to the supply of the step (in `mu`).
pub fn up<const N: usize, const W: usize>(
    operator: &Operator,
    reactions: &Reactions<N>,
    post: &[[[f64; N]; N]],
    lambda: &mut [[f64; W]],
    mu: &mut [[f64; W]],
) {
    let solution = &operator.solution;
    for (i, (lambda, mu)) in lambda.iter_mut().zip(mu.iter_mut()).enumerate() {
        let p = &post[reactions.which[i] as usize];
        let back =
            if reactions.diagonal { react_back::<N, W, true>(p, lambda) } else { react_back::<N, W, false>(p, lambda) };
        add(mu, operator.stay[i], &back);
        *lambda = [0.0; W];
    }
    for segment in solution.segments.iter().rev() {
        let (start, end) = (segment.start as usize, segment.end as usize);
        if let Some(block) = segment.block {
            for row in start..end {
                let place = block as usize + row - start;
                let i = solution.rows[row] as usize;
                mu[i] = scaled(solution.inverse[place], &mu[i]);
                let felt = mu[i];
                for (other, u) in solution.upper_of(place) {
                    add(&mut mu[*other as usize], *u, &felt);
                }
            }
        }
        let borders = &solution.starts[start..=end];
        for (cell, border) in solution.rows[start..end].iter().zip(borders.windows(2)).rev() {
            let i = *cell as usize;
            let felt = mu[i];
            add(&mut lambda[i], operator.keep[i], &felt);
            for term in &solution.terms[border[0] as usize..border[1] as usize] {
                add(&mut mu[term.from as usize], term.implicit, &felt);
                add(&mut lambda[term.from as usize], term.explicit, &felt);
            }
        }
    }
}
