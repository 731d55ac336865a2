//! RouteLink of NHDPlus as WRF-Hydro and t-route use it, as CSV or NetCDF, and the channel output that goes with it.
//!
//! `link,to,Length,n,So,ChSlp,BtmWdth,lon,lat`: m, s m⁻¹ᐟ³, m m⁻¹; the banks rise `ChSlp` m per m across. Flow and velocity come
//! from a CHRTOUT file (`feature_id,streamflow,velocity`, m³ s⁻¹, m s⁻¹) by [`add_channel_output`]; then the surface follows
//! from the trapezoid: A = Q/u = (b + z h) h, width b + 2 z h, with z = 1/ChSlp. Lakes of the data set have no volume in the
//! table and stay reaches; a note says how many.

use super::super::geometry::Point;
use super::super::table::{LATITUDE, LONGITUDE, Limit, Row, Table};
use super::read::{Draft, Next, Unknown, about, join};
use super::{Element, Given};
use crate::problem::{Error, Problem, Problems, Result};
use netcdf_reader::NcFile;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

pub(super) fn csv(file: &str, text: &str, problems: &mut Problems) -> Option<Given> {
    let table = Table::from_text(file, text, &["link", "to", "Length"], problems)?;
    let shared = RefCell::new(&mut *problems);
    let drafts = table.rows(&shared).filter_map(|row| draft_of_row(&row)).collect();
    let waterbodies = table.rows(&shared).filter(|r| lies_in_a_lake(r.text("NHDWaterbodyComID"))).count();
    Some(finish(file, drafts, waterbodies, problems))
}

fn lies_in_a_lake(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|id| id > 0.0)
}

fn draft_of_row(row: &Row<'_>) -> Option<Draft> {
    let id = row.needed("link")?;
    let any = |unit| Limit::new(f64::NEG_INFINITY, f64::INFINITY, unit);
    let number = |column, limit| row.number_or_empty(column, limit).flatten();
    let length = row.number("Length", Limit::new(f64::MIN_POSITIVE, f64::INFINITY, "m"));
    let to = row.text("to").to_string();
    let values = Values {
        length_m: length.unwrap_or(0.0),
        manning_n: number("n", any("s m^-1/3")),
        slope: number("So", any("m per m")),
        bottom_m: number("BtmWdth", any("m")),
        place: number("lon", LONGITUDE).zip(number("lat", LATITUDE)),
    };
    Some(draft(&id, to, row.line(), &values))
}

/// One row, whichever file it stands in.
struct Values {
    length_m: f64,
    manning_n: Option<f64>,
    slope: Option<f64>,
    bottom_m: Option<f64>,
    place: Option<(f64, f64)>,
}

fn draft(id: &str, to: String, line: u64, values: &Values) -> Draft {
    let element = Element {
        length_m: values.length_m,
        manning_n: values.manning_n,
        slope: values.slope,
        width_m: values.bottom_m,
        course: values.place.iter().map(|(lon, lat)| Point { lon: *lon, lat: *lat }).collect(),
        ..Element::named(id)
    };
    let to = if to == "0" { String::new() } else { to };
    Draft { element, line, next: vec![Next { to, share: None, line }] }
}

fn finish(file: &str, drafts: Vec<Draft>, waterbodies: usize, problems: &mut Problems) -> Given {
    let mut given = join(file, drafts, ["link", "to", "share"], Unknown::Leaves, problems);
    if waterbodies > 0 {
        given.notes.push(format!(
            "{waterbodies} link(s) lie in lakes whose volume the table does not tell; they are taken as flowing water"
        ));
    }
    given
}

pub(super) fn netcdf(file: &str, bytes: Vec<u8>, problems: &mut Problems) -> Option<Given> {
    let refuse = |problems: &mut Problems, limit: String| {
        problems.add(about(file, &limit, "give a RouteLink file with link, to, Length"));
    };
    let nc = match NcFile::from_vec(bytes) {
        Ok(nc) => nc,
        Err(cause) => {
            refuse(problems, format!("cannot be read as NetCDF ({cause})"));
            return None;
        }
    };
    let mut needed = |name: &str| {
        let found = column(&nc, name);
        if found.is_none() {
            refuse(problems, format!("has no variable {name} of one dimension"));
        }
        found
    };
    let (link, to, length) = (needed("link"), needed("to"), needed("Length"));
    let (link, to, length) = (link?, to?, length?);
    let [roughness, slope, bottom, lon, lat, lakes] =
        ["n", "So", "BtmWdth", "lon", "lat", "NHDWaterbodyComID"].map(|name| column(&nc, name));
    let all =
        [Some(&to), Some(&length), roughness.as_ref(), slope.as_ref(), bottom.as_ref(), lon.as_ref(), lat.as_ref()];
    if all.into_iter().flatten().any(|c| c.len() != link.len()) {
        refuse(problems, "its variables have different lengths".into());
        return None;
    }
    let at = |list: &Option<Vec<f64>>, i: usize| list.as_ref().map(|l| l[i]).filter(|v| v.is_finite());
    let mut drafts = Vec::with_capacity(link.len());
    for i in 0..link.len() {
        let line = i as u64 + 1;
        if !(link[i].is_finite() && to[i].is_finite() && length[i] > 0.0 && length[i].is_finite()) {
            problems.add(Problem {
                line: Some(line),
                field: "Length".into(),
                value: format!("{}", length[i]),
                ..about(
                    file,
                    &format!("record {line}: link {} needs a length above 0 m and a number it leads to", link[i]),
                    "correct the record",
                )
            });
        }
        let values = Values {
            length_m: length[i],
            manning_n: at(&roughness, i),
            slope: at(&slope, i),
            bottom_m: at(&bottom, i),
            place: at(&lon, i).zip(at(&lat, i)).filter(|(lon, lat)| lon.abs() <= 180.0 && lat.abs() <= 90.0),
        };
        drafts.push(draft(&format!("{:.0}", link[i]), format!("{:.0}", to[i]), line, &values));
    }
    let waterbodies = lakes.map_or(0, |l| l.iter().filter(|id| **id > 0.0).count());
    Some(finish(file, drafts, waterbodies, problems))
}

fn column(nc: &NcFile, name: &str) -> Option<Vec<f64>> {
    let found = nc.read_variable_unpacked_masked(name).ok()?;
    (found.ndim() == 1).then(|| found.iter().copied().collect())
}

/// What one CHRTOUT file gave to a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelOutput {
    /// Elements that got flow and velocity.
    pub found: usize,
    /// Elements that the file does not hold or has no value for.
    pub without: usize,
}

/// Takes flow and velocity from a CHRTOUT file. The surface width is worked out from the trapezoid where the table of the
/// network is a RouteLink, whose width is that of the bed; `bank_rise` is its `ChSlp` by identifier ([`bank_rise`]).
pub fn add_channel_output(given: &mut Given, path: &Path, bank_rise: &BTreeMap<String, f64>) -> Result<ChannelOutput> {
    let nc =
        NcFile::open(path).map_err(|e| Error::Stage(format!("{}: cannot be read as NetCDF ({e})", path.display())))?;
    let needed = |name: &str| {
        column(&nc, name)
            .ok_or_else(|| Error::Stage(format!("{}: has no variable {name} of one dimension", path.display())))
    };
    let (ids, flow, velocity) = (needed("feature_id")?, needed("streamflow")?, needed("velocity")?);
    if flow.len() != ids.len() || velocity.len() != ids.len() {
        return Err(Error::Stage(format!("{}: its variables have different lengths", path.display())));
    }
    let by_id: BTreeMap<String, usize> = ids.iter().enumerate().map(|(i, id)| (format!("{id:.0}"), i)).collect();
    let mut told = ChannelOutput { found: 0, without: 0 };
    for element in &mut given.network.elements {
        let at = by_id.get(&element.id).filter(|i| flow[**i].is_finite() && velocity[**i].is_finite());
        let Some(i) = at else {
            told.without += 1;
            continue;
        };
        told.found += 1;
        element.flow_m3_s = Some(flow[*i]);
        element.velocity_m_s = Some(velocity[*i]);
        let rise = bank_rise.get(&element.id).copied().filter(|r| *r > 0.0);
        if let Some(((rise, bottom), true)) = rise.zip(element.width_m).map(|both| (both, velocity[*i] > 0.0)) {
            let (z, area) = (1.0 / rise, flow[*i] / velocity[*i]);
            let depth = ((bottom * bottom + 4.0 * z * area).sqrt() - bottom) / (2.0 * z);
            element.width_m = Some(bottom + 2.0 * z * depth);
        }
    }
    Ok(told)
}

/// `ChSlp` of a RouteLink CSV or NetCDF by identifier; empty where the file has none.
pub fn bank_rise(path: &Path) -> Result<BTreeMap<String, f64>> {
    let bytes = std::fs::read(path).map_err(|cause| Error::file(path, cause))?;
    if let Ok(text) = std::str::from_utf8(&bytes) {
        let mut problems = Problems::default();
        let Some(table) = Table::from_text("", text, &["link", "ChSlp"], &mut problems) else {
            return Ok(BTreeMap::new());
        };
        let shared = RefCell::new(&mut problems);
        let rise =
            table.rows(&shared).filter_map(|r| Some((r.text("link").to_string(), r.text("ChSlp").parse().ok()?)));
        return Ok(rise.collect());
    }
    let Ok(nc) = NcFile::from_vec(bytes) else { return Ok(BTreeMap::new()) };
    let (Some(link), Some(rise)) = (column(&nc, "link"), column(&nc, "ChSlp")) else { return Ok(BTreeMap::new()) };
    Ok(link.iter().map(|id| format!("{id:.0}")).zip(rise).collect())
}
