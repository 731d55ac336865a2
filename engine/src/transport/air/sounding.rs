//! The air over one place at one moment, read from gridded weather: for plume rise and for what a receptor is like.

use super::aerosol::ReceptorAir;
use super::plume_rise::Ambient;
use crate::observe::weather::{Frame, Weather};
use crate::problem::{Error, Result};
use crate::region::{Point, Time};

/// R/c_p of dry air.
const KAPPA: f64 = 0.2857;
/// Gas constant of dry air, J kg⁻¹ K⁻¹.
const GAS_CONSTANT_DRY: f64 = 287.05;
/// Roughness if the weather says none, m.
const LEAST_ROUGHNESS_M: f64 = 1e-3;

/// Reads columns, keeping the two moments around the last one asked for.
pub struct Soundings<'a> {
    weather: &'a Weather,
    kept: Vec<(usize, Frame)>,
}

/// One column.
#[derive(Debug, Clone)]
pub struct Sounding {
    heights_m: Vec<f64>,
    wind: Vec<f64>,
    temperature: Vec<f64>,
    theta: Vec<f64>,
    humidity: Vec<f64>,
    roughness: f64,
}

impl<'a> Soundings<'a> {
    /// Of some weather.
    pub fn new(weather: &'a Weather) -> Soundings<'a> {
        Soundings { weather, kept: Vec::new() }
    }

    fn frame(&mut self, at: usize) -> Result<usize> {
        if let Some(place) = self.kept.iter().position(|(k, _)| *k == at) {
            return Ok(place);
        }
        let frame = self.weather.frame(at)?;
        if self.kept.len() > 1 {
            self.kept.remove(0);
        }
        self.kept.push((at, frame));
        Ok(self.kept.len() - 1)
    }

    /// The column nearest to a place, linear in time.
    pub fn at(&mut self, place: Point, time: Time) -> Result<Sounding> {
        let times = &self.weather.times;
        let after = times.partition_point(|t| *t < time);
        if times.is_empty() || after == times.len() || (after == 0 && times[0] > time) {
            return Err(Error::Stage(format!("there is no weather at {}", time.iso(0))));
        }
        let before = after.saturating_sub(1);
        let span = (times[after].0 - times[before].0) as f64;
        let part = if span > 0.0 { (time.0 - times[before].0) as f64 / span } else { 0.0 };
        let grid = &self.weather.grid;
        let (i, j) = grid.position(place);
        let i = if grid.wraps { i.rem_euclid(grid.nx as f64) } else { i };
        let near = |x: f64, n: usize| (x.round().max(0.0) as usize).min(n - 1);
        let column = near(j, grid.ny) * grid.nx + near(i, grid.nx);
        let (first, second) = (self.frame(before)?, self.frame(after)?);
        // The second reading may have pushed the first out of its place, not out of the pair.
        let first = if self.kept[first].0 == before { first } else { first.saturating_sub(1) };
        let (a, b) = (&self.kept[first].1, &self.kept[second].1);
        let n = self.weather.heights_m.len();
        let mix = |x: &[f32], y: &[f32], at: usize| f64::from(x[at]) * (1.0 - part) + f64::from(y[at]) * part;
        let level = |x: &[f32], y: &[f32]| (0..n).map(|k| mix(x, y, column * n + k)).collect::<Vec<f64>>();
        let (u, v) = (level(&a.u, &b.u), level(&a.v, &b.v));
        let temperature = level(&a.temperature, &b.temperature);
        let density = level(&a.density, &b.density);
        let theta = temperature.iter().zip(&density).map(|(t, d)| t * (1e5 / (d * GAS_CONSTANT_DRY * t)).powf(KAPPA));
        Ok(Sounding {
            heights_m: self.weather.heights_m.iter().map(|h| f64::from(*h)).collect(),
            wind: u.iter().zip(&v).map(|(u, v)| u.hypot(*v)).collect(),
            theta: theta.collect(),
            temperature,
            humidity: level(&a.relative_humidity, &b.relative_humidity),
            roughness: mix(&a.roughness, &b.roughness, column).max(LEAST_ROUGHNESS_M),
        })
    }
}

impl Sounding {
    fn linear(&self, of: &[f64], z: f64) -> f64 {
        let k = self.heights_m.partition_point(|h| *h <= z);
        if k == 0 {
            return of[0];
        }
        if k == self.heights_m.len() {
            return of[k - 1];
        }
        let part = (z - self.heights_m[k - 1]) / (self.heights_m[k] - self.heights_m[k - 1]);
        of[k - 1] + part * (of[k] - of[k - 1])
    }

    /// The air at stack top. Below the first level the wind falls off with the logarithm of height.
    pub fn ambient(&self, z: f64) -> Ambient {
        let lowest = self.heights_m[0];
        let wind = if z < lowest && lowest > self.roughness {
            let z = z.max(2.0 * self.roughness);
            self.wind[0] * ((z / self.roughness).ln() / (lowest / self.roughness).ln()).min(1.0)
        } else {
            self.linear(&self.wind, z)
        };
        // ∂θ/∂z over the layer that holds the mouth.
        let n = self.heights_m.len();
        let k = self.heights_m.partition_point(|h| *h <= z).clamp(1, n - 1);
        let gradient = (self.theta[k] - self.theta[k - 1]) / (self.heights_m[k] - self.heights_m[k - 1]);
        Ambient { wind_m_s: wind, temperature_k: self.linear(&self.temperature, z), potential_gradient_k_m: gradient }
    }

    /// Temperature and humidity at a height.
    pub fn receptor_air(&self, z: f64) -> ReceptorAir {
        ReceptorAir {
            temperature_k: self.linear(&self.temperature, z),
            humidity: self.linear(&self.humidity, z).clamp(0.0, 1.0),
        }
    }
}
