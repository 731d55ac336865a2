//! How much water lies in a reach at a discharge.
//!
//! ```text
//! Manning, wide rectangle:  Q = (1/n) B h^(5/3) S^(1/2)   so   h = (n Q / (B √S))^(3/5),  V = B h L     (Chow 1959, eq. 5-6)
//! at-a-station scaling:     A ∝ Q^0.66  (width Q^0.26, depth Q^0.40)       (Leopold & Maddock 1953, USGS Prof. Paper 252)
//! ```
//! `Q` m³ s⁻¹, `B` width m, `h` depth m, `S` slope, `n` s m⁻¹ᐟ³, `L` m. A wide rectangle takes the depth for the hydraulic
//! radius: the volume is too small by about 2h/B·(2/5). What a table gives is preferred to what is worked out: a volume,
//! then width and depth, then a velocity, then Manning. Where a volume and a mean flow are given and the flow varies, the
//! volume follows the scaling.

use crate::region::network::ReachKind;
use crate::region::river::Element;

/// Exponent of the area in the discharge at a station.
const AREA_EXPONENT: f64 = 0.66;

/// Volume as a function of discharge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hydraulics {
    /// The same at any discharge (lakes, backwater, gates with 0).
    Fixed {
        /// m³.
        volume_m3: f64,
    },
    /// Manning's wide rectangle.
    Manning {
        /// m.
        width_m: f64,
        /// n / √S, s m⁻¹ᐟ³.
        resistance: f64,
        /// m.
        length_m: f64,
    },
    /// Scaled from one state.
    Scaled {
        /// Volume at the reference discharge, m³.
        volume_m3: f64,
        /// m³ s⁻¹.
        discharge_m3_s: f64,
    },
}

impl Hydraulics {
    /// What the table allows; `None` where it tells neither volume, cross-section, velocity nor slope and roughness.
    pub fn of(element: &Element) -> Option<Hydraulics> {
        let above_zero = |x: Option<f64>| x.filter(|x| *x > 0.0 && x.is_finite());
        let flow = above_zero(element.flow_m3_s.map(f64::abs));
        let length = element.length_m;
        if element.kind == ReachKind::Gate {
            return Some(Hydraulics::Fixed { volume_m3: 0.0 });
        }
        let section = above_zero(element.width_m).zip(above_zero(element.depth_m)).map(|(w, d)| w * d * length);
        let moving = flow.zip(above_zero(element.velocity_m_s.map(f64::abs))).map(|(q, u)| q / u * length);
        let volume_m3 = above_zero(element.volume_m3).or(section).or(moving);
        if element.kind == ReachKind::Lake {
            return volume_m3.map(|volume_m3| Hydraulics::Fixed { volume_m3 });
        }
        match (volume_m3, flow) {
            (Some(volume_m3), Some(discharge_m3_s)) => return Some(Hydraulics::Scaled { volume_m3, discharge_m3_s }),
            (Some(volume_m3), None) => return Some(Hydraulics::Fixed { volume_m3 }),
            _ => {}
        }
        Hydraulics::manning(element)
    }

    /// Manning's relation where width, slope and roughness are told.
    pub fn manning(element: &Element) -> Option<Hydraulics> {
        let above_zero = |x: Option<f64>| x.filter(|x| *x > 0.0 && x.is_finite());
        let (width_m, slope) = above_zero(element.width_m).zip(above_zero(element.slope))?;
        let resistance = above_zero(element.manning_n)? / slope.sqrt();
        Some(Hydraulics::Manning { width_m, resistance, length_m: element.length_m })
    }

    /// m³ at a discharge of either direction.
    pub fn volume_m3(self, discharge_m3_s: f64) -> f64 {
        let q = discharge_m3_s.abs();
        match self {
            Hydraulics::Fixed { volume_m3 } => volume_m3,
            Hydraulics::Manning { width_m, resistance, length_m } => {
                width_m * (resistance * q / width_m).powf(0.6) * length_m
            }
            Hydraulics::Scaled { volume_m3, discharge_m3_s } => volume_m3 * (q / discharge_m3_s).powf(AREA_EXPONENT),
        }
    }
}
