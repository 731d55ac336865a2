//! Cuts off the margin of a grid where the files have nothing: fields brought from one map to another leave empty edges.

use super::grid::Grid;
use super::native::{Native, Plane, Surface, Vertical};

/// The part of a grid that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crop {
    i0: usize,
    j0: usize,
    nx: usize,
    ny: usize,
    whole: usize,
}

impl Crop {
    /// What must be cut so that no column on the margin is empty; `None` where nothing must. Again and again the side with the
    /// greatest share of empty columns is cut, which keeps most of the rest.
    pub fn needed(native: &Native, grid: &Grid) -> Option<Crop> {
        let (nx, ny) = (grid.nx, grid.ny);
        let empty: Vec<bool> = (0..nx * ny)
            .map(|c| {
                let sound = |k: &usize| {
                    [&native.pressure, &native.temperature, &native.humidity, &native.u, &native.v]
                        .iter()
                        .all(|f| f[*k][c].is_finite())
                };
                (0..native.temperature.len()).filter(sound).take(2).count() < 2
            })
            .collect();
        let (mut west, mut east, mut south, mut north) = (0, nx, 0, ny);
        let mut cut = false;
        while east - west > 1 && north - south > 1 {
            let share = |places: &mut dyn Iterator<Item = usize>| {
                let (mut gone, mut all) = (0_usize, 0_usize);
                places.for_each(|c| (gone, all) = (gone + usize::from(empty[c]), all + 1));
                gone as f64 / all.max(1) as f64
            };
            let row = |j: usize| share(&mut (west..east).map(move |i| j * nx + i));
            let column = |i: usize| share(&mut (south..north).map(move |j| j * nx + i));
            let sides = [row(south), row(north - 1), column(west), column(east - 1)];
            let (worst, most) =
                sides.iter().enumerate().fold((0, 0.0), |best, (k, s)| if *s > best.1 { (k, *s) } else { best });
            // Around the globe there is no margin to the west or east.
            if most == 0.0 || (grid.wraps && worst > 1) {
                break;
            }
            cut = true;
            match worst {
                0 => south += 1,
                1 => north -= 1,
                2 => west += 1,
                _ => east -= 1,
            }
        }
        cut.then_some(Crop { i0: west, j0: south, nx: east - west, ny: north - south, whole: nx })
    }

    /// The grid that is left.
    pub fn grid(&self, grid: &Grid) -> Grid {
        let (x0, y0) = (grid.x0 + self.i0 as f64 * grid.dx, grid.y0 + self.j0 as f64 * grid.dy);
        Grid { x0, y0, nx: self.nx, ny: self.ny, ..grid.clone() }
    }

    /// The part of a plane.
    pub fn plane(&self, plane: &Plane) -> Plane {
        (self.j0..self.j0 + self.ny).flat_map(|j| &plane[j * self.whole + self.i0..][..self.nx]).copied().collect()
    }

    /// The part of every field.
    pub fn native(&self, native: &Native) -> Native {
        let planes = |of: &Vec<Plane>| of.iter().map(|p| self.plane(p)).collect::<Vec<Plane>>();
        let ground = |of: &Option<Plane>| of.as_ref().map(|p| self.plane(p));
        let s = &native.surface;
        Native {
            time: native.time,
            pressure: planes(&native.pressure),
            temperature: planes(&native.temperature),
            humidity: planes(&native.humidity),
            u: planes(&native.u),
            v: planes(&native.v),
            vertical: native.vertical.as_ref().map(|vertical| match vertical {
                Vertical::Pressure(omega) => Vertical::Pressure(planes(omega)),
                Vertical::Height(w) => Vertical::Height(planes(w)),
            }),
            height: native.height.as_ref().map(planes),
            surface: Surface {
                pressure: ground(&s.pressure),
                temperature_2m: ground(&s.temperature_2m),
                u_10m: ground(&s.u_10m),
                v_10m: ground(&s.v_10m),
                friction_velocity: ground(&s.friction_velocity),
                stress: ground(&s.stress),
                exchange: ground(&s.exchange),
                heat_flux: ground(&s.heat_flux),
                mixing_height: ground(&s.mixing_height),
                roughness: ground(&s.roughness),
                precipitation: ground(&s.precipitation),
            },
        }
    }
}
