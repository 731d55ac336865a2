//! Ridge regression of one place on many others, with the penalty chosen by leaving blocks of days out.
//!
//! ```text
//! min_β  mean_t (y_t − ȳ − Σ_j β_j x_jt)² + λ Σ_j β_j²        x_j standardised over the fitted days
//! (R + λ I) β = r                                            R_jk = mean x_j x_k (unit diagonal), r_j = mean x_j (y − ȳ)
//! λ = argmin  Σ_blocks Σ_{t in block} (y_t − ŷ_t)²             ŷ fitted without that block
//! ```
//!
//! Hoerl & Kennard (1970), Technometrics 12:55. As many controls as days are no obstacle, since λ > 0.
//! Blocks, because neighbouring days share their weather: leaving single days out would choose too small a penalty.
//! The grid of λ is fixed, ties go to the larger penalty, and nothing is random. All sums run in the order of the days.
//!
//! *Where it fails.* A control that never varies says nothing and is given weight 0.

/// The penalties that are tried, largest first: 100 down to 0.001, two a decade.
fn penalties() -> impl Iterator<Item = f64> {
    (0..=10).map(|k| 10f64.powf(2.0 - f64::from(k) / 2.0))
}

/// One fitted day: its block, the controls and the answer.
#[derive(Debug, Clone)]
pub struct Row {
    /// Days of one block are left out together.
    pub block: usize,
    /// Controls.
    pub x: Vec<f64>,
    /// Answer.
    pub y: f64,
}

/// First and second moments of (x, y), as sums, so that a block can be taken away again.
#[derive(Debug, Clone)]
struct Moments {
    n: f64,
    /// Σ z, with z = (x, y).
    sum: Vec<f64>,
    /// Σ z zᵀ, row by row.
    cross: Vec<f64>,
}

impl Moments {
    fn none(width: usize) -> Moments {
        Moments { n: 0.0, sum: vec![0.0; width], cross: vec![0.0; width * width] }
    }

    fn add(&mut self, row: &Row) {
        let width = self.sum.len();
        let z = |i: usize| row.x.get(i).copied().unwrap_or(row.y);
        self.n += 1.0;
        for i in 0..width {
            self.sum[i] += z(i);
            for j in 0..width {
                self.cross[i * width + j] += z(i) * z(j);
            }
        }
    }

    fn without(&self, part: &Moments) -> Moments {
        let less = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect();
        Moments { n: self.n - part.n, sum: less(&self.sum, &part.sum), cross: less(&self.cross, &part.cross) }
    }

    /// Covariance of columns i and j.
    fn covariance(&self, i: usize, j: usize) -> f64 {
        self.cross[i * self.sum.len() + j] / self.n - self.sum[i] * self.sum[j] / (self.n * self.n)
    }

    /// The fits for every penalty, in the order of [`penalties`].
    fn fits(&self) -> Vec<Option<Fit>> {
        let p = self.sum.len() - 1;
        let scale: Vec<f64> = (0..p).map(|j| self.covariance(j, j).max(0.0).sqrt()).collect();
        // Below this the "variation" is what rounding leaves of a constant.
        let used: Vec<usize> = (0..p).filter(|j| scale[*j] > 1e-9).collect();
        let q = used.len();
        let mut correlation = vec![0.0; q * q];
        for (a, i) in used.iter().enumerate() {
            for (b, j) in used.iter().enumerate() {
                correlation[a * q + b] = if a == b { 1.0 } else { self.covariance(*i, *j) / (scale[*i] * scale[*j]) };
            }
        }
        let right: Vec<f64> = used.iter().map(|j| self.covariance(*j, p) / scale[*j]).collect();
        penalties()
            .map(|penalty| {
                let mut left = correlation.clone();
                for a in 0..q {
                    left[a * q + a] += penalty;
                }
                let solved = solve(left, right.clone())?;
                let mut weights = vec![0.0; p];
                for (j, beta) in used.iter().zip(solved) {
                    weights[*j] = beta / scale[*j];
                }
                let centre: f64 = (0..p).map(|j| weights[j] * self.sum[j] / self.n).sum();
                Some(Fit { intercept: self.sum[p] / self.n - centre, weights })
            })
            .collect()
    }
}

/// A fitted line.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Answer where all controls are 0.
    pub intercept: f64,
    /// Weight of each control.
    pub weights: Vec<f64>,
}

impl Fit {
    /// ŷ.
    pub fn predict(&self, x: &[f64]) -> f64 {
        self.intercept + self.weights.iter().zip(x).map(|(w, x)| w * x).sum::<f64>()
    }
}

/// Fits with the penalty that leaving blocks out prefers; `None` with fewer than two blocks or without controls.
pub fn fit(rows: &[Row]) -> Option<Fit> {
    let width = rows.first()?.x.len() + 1;
    let mut blocks: Vec<(usize, Moments)> = Vec::new();
    let mut all = Moments::none(width);
    for row in rows.iter().filter(|r| r.x.len() + 1 == width) {
        all.add(row);
        match blocks.iter_mut().find(|(id, _)| *id == row.block) {
            Some((_, moments)) => moments.add(row),
            None => {
                let mut moments = Moments::none(width);
                moments.add(row);
                blocks.push((row.block, moments));
            }
        }
    }
    if width < 2 || blocks.len() < 2 {
        return None;
    }
    let mut errors = vec![0.0; penalties().count()];
    for (id, moments) in &blocks {
        let fits = all.without(moments).fits();
        for (error, fit) in errors.iter_mut().zip(fits) {
            let squares = |fit: &Fit| -> f64 {
                rows.iter().filter(|r| r.block == *id).map(|r| (r.y - fit.predict(&r.x)).powi(2)).sum()
            };
            *error += fit.as_ref().map_or(f64::INFINITY, squares);
        }
    }
    let (best, least) =
        errors.iter().enumerate().fold((0, f64::INFINITY), |best, (k, e)| if *e < best.1 { (k, *e) } else { best });
    if !least.is_finite() {
        return None;
    }
    all.fits().into_iter().nth(best).flatten()
}

/// Solves A x = b for a symmetric positive definite A (Cholesky); `None` where it is not.
fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for j in 0..n {
        for i in j..n {
            let dot: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            let rest = a[i * n + j] - dot;
            a[i * n + j] = if i > j {
                rest / a[j * n + j]
            } else if rest > 0.0 {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| a[k * n + i] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i * n + i];
    }
    b.iter().all(|v| v.is_finite()).then_some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_with_a_known_answer_is_solved() {
        // [4 2; 2 3] [1; 2] = [8; 8].
        let x = solve(vec![4.0, 2.0, 2.0, 3.0], vec![8.0, 8.0]).unwrap();
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
        assert_eq!(solve(vec![1.0, 2.0, 2.0, 1.0], vec![1.0, 1.0]), None);
    }

    #[test]
    fn one_standardised_control_shrinks_by_one_over_one_plus_the_penalty() {
        // β = r / (1 + λ) with r = mean x y: y = 2 x exactly, so β = 2 / (1 + λ); the least penalty wins on clean data.
        let rows: Vec<Row> = (0..40)
            .map(|t| {
                let x = if t % 2 == 0 { 1.0 } else { -1.0 };
                Row { block: t / 8, x: vec![x], y: 2.0 * x + 5.0 }
            })
            .collect();
        let fit = fit(&rows).unwrap();
        let least = penalties().last().unwrap();
        assert!((fit.weights[0] - 2.0 / (1.0 + least)).abs() < 1e-12, "{fit:?}");
        assert!((fit.intercept - 5.0).abs() < 1e-12);
    }

    #[test]
    fn a_constant_control_has_no_weight_and_spreads_no_nonsense() {
        let rows: Vec<Row> =
            (0..30).map(|t| Row { block: t / 5, x: vec![3.0, (t % 7) as f64], y: (t % 7) as f64 }).collect();
        let fit = fit(&rows).unwrap();
        assert_eq!(fit.weights[0], 0.0);
        assert!(fit.weights[1].is_finite() && fit.weights[1] > 0.9);
    }

    #[test]
    fn more_controls_than_days_still_give_a_finite_fit() {
        let rows: Vec<Row> = (0..12)
            .map(|t| Row {
                block: t / 3,
                x: (0..30).map(|j| ((t * 7 + j * 3) % 11) as f64).collect(),
                y: (t % 5) as f64,
            })
            .collect();
        let fit = fit(&rows).unwrap();
        assert!(fit.weights.iter().all(|w| w.is_finite()));
        assert!(super::fit(&rows[..3]).is_none());
    }
}
