//! Weather of one column, the same everywhere.

use liankong_engine::observe::weather::{Frame, Grid, Projection, Weather};
use liankong_engine::region::{Point, Time};

/// What the column is like.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub depth_m: f32,
    pub friction_m_s: f32,
    pub inverse_obukhov: f32,
    pub convective_m_s: f32,
    pub wind_m_s: f32,
    /// Height over which the density falls by e, m.
    pub density_scale_m: f32,
    pub rain_mm_h: f32,
    pub hours: i64,
}

/// A convective, a neutral and a stable layer.
pub const LAYERS: [(&str, Column); 3] = [
    (
        "convective",
        Column { depth_m: 1500.0, friction_m_s: 0.3, inverse_obukhov: -0.02, convective_m_s: 1.8, ..NEUTRAL },
    ),
    ("neutral", NEUTRAL),
    ("stable", Column { depth_m: 200.0, friction_m_s: 0.2, inverse_obukhov: 0.02, ..NEUTRAL }),
];

pub const NEUTRAL: Column = Column {
    depth_m: 800.0,
    friction_m_s: 0.5,
    inverse_obukhov: 0.0,
    convective_m_s: 0.0,
    wind_m_s: 0.0,
    density_scale_m: 9000.0,
    rain_mm_h: 0.0,
    hours: 24,
};

/// The middle of the grid.
pub const ORIGIN: Point = Point { lon: 120.0, lat: 30.0 };
/// The first moment.
pub const START: Time = Time(1_500_001_200);

/// Two moments of it over a plane of 4,000 km.
pub fn of(column: Column) -> Weather {
    let heights: Vec<f32> = vec![10.0, 50.0, 100.0, 200.0, 400.0, 700.0, 1000.0, 1500.0, 2000.0, 3000.0, 5000.0];
    let (nx, ny, nz) = (21, 21, heights.len());
    let grid = Grid {
        projection: Projection::Tangent { origin: ORIGIN },
        nx,
        ny,
        x0: -2e6,
        y0: -2e6,
        dx: 2e5,
        dy: 2e5,
        wraps: false,
    };
    let times = vec![START, Time(START.0 + column.hours * 3600)];
    let (own, levels) = (times.clone(), heights.clone());
    let frames = move |at: usize| {
        let plane = |x: f32| vec![x; nx * ny];
        let volume = |f: &dyn Fn(f32) -> f32| (0..nx * ny * nz).map(|p| f(levels[p % nz])).collect::<Vec<f32>>();
        Ok(Frame {
            time: own[at],
            u: volume(&|_| column.wind_m_s),
            v: volume(&|_| 0.0),
            w: volume(&|_| 0.0),
            density: volume(&|z| 1.2 * (-z / column.density_scale_m).exp()),
            temperature: volume(&|_| 288.0),
            relative_humidity: volume(&|_| 0.5),
            mixing_height: plane(column.depth_m),
            friction_velocity: plane(column.friction_m_s),
            inverse_obukhov: plane(column.inverse_obukhov),
            convective_velocity: plane(column.convective_m_s),
            precipitation: plane(column.rain_mm_h / 3600.0),
            cloud_base: plane(800.0),
            cloud_top: plane(3000.0),
            temperature_2m: plane(288.0),
            surface_pressure: plane(101_325.0),
            roughness: plane(0.1),
        })
    };
    Weather::new(grid, heights, vec![0.0; nx * ny], times, "one column".into(), Box::new(frames))
}
