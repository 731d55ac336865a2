//! `A = L Lᵀ` of a small symmetric positive matrix. Written out, so that the last bit does not depend on the machine's registers.

/// The lower triangle, row by row.
pub(super) struct Cholesky {
    size: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors `A`, `size × size`; none where it is not positive.
    pub(super) fn of(a: &[f64], size: usize) -> Option<Cholesky> {
        let mut lower = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let dot: f64 = (0..j).map(|p| lower[i * size + p] * lower[j * size + p]).sum();
                let left = a[i * size + j] - dot;
                if i == j {
                    if left <= 0.0 || !left.is_finite() {
                        return None;
                    }
                    lower[i * size + i] = left.sqrt();
                } else {
                    lower[i * size + j] = left / lower[j * size + j];
                }
            }
        }
        Some(Cholesky { size, lower })
    }

    /// `ln |A|`.
    pub(super) fn log_determinant(&self) -> f64 {
        (0..self.size).map(|i| 2.0 * self.lower[i * self.size + i].ln()).sum()
    }

    /// `A⁻¹ b`.
    pub(super) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let (n, l) = (self.size, &self.lower);
        let mut x = b.to_vec();
        for i in 0..n {
            let dot: f64 = (0..i).map(|p| l[i * n + p] * x[p]).sum();
            x[i] = (x[i] - dot) / l[i * n + i];
        }
        for i in (0..n).rev() {
            let dot: f64 = (i + 1..n).map(|p| l[p * n + i] * x[p]).sum();
            x[i] = (x[i] - dot) / l[i * n + i];
        }
        x
    }

    /// `A⁻¹`.
    pub(super) fn inverse(&self) -> Vec<f64> {
        let n = self.size;
        let mut inverse = vec![0.0; n * n];
        for column in 0..n {
            let mut unit = vec![0.0; n];
            unit[column] = 1.0;
            for (row, value) in self.solve(&unit).into_iter().enumerate() {
                inverse[row * n + column] = value;
            }
        }
        inverse
    }
}
