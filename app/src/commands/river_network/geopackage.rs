//! Lines of a GeoPackage (OGC 12-128r19): a SQLite file whose geometry blobs are a short header and well-known binary.

use crate::manners::Failure;
use liankong_engine::region::Point;
use liankong_engine::region::river::lines::{Line, plain};
use liankong_engine::region::river::{Given, read};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::path::Path;

/// Whether a file is a SQLite file, as a GeoPackage is.
pub fn is_one(path: &Path) -> bool {
    let mut magic = [0_u8; 16];
    let read = std::fs::File::open(path).and_then(|mut f| std::io::Read::read_exact(&mut f, &mut magic));
    read.is_ok() && magic.starts_with(b"SQLite format 3\0")
}

/// A network from the lines of a layer.
pub fn network(path: &Path, layer: Option<&str>) -> Result<Given, Failure> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let failed = |cause: rusqlite::Error| Failure::Failed(format!("{file}: cannot be read as GeoPackage ({cause})"));
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    let layers: Vec<(String, String, i64)> = connection
        .prepare("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns ORDER BY table_name")
        .and_then(|mut s| s.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect())
        .map_err(|_| {
            Failure::Usage(format!("{file}: is a SQLite file without gpkg_geometry_columns, so no GeoPackage"))
        })?;
    let names = || layers.iter().map(|l| l.0.as_str()).collect::<Vec<_>>().join(", ");
    let chosen = match layer {
        Some(name) => layers.iter().find(|l| l.0 == name),
        None if layers.len() > 1 => {
            return Err(Failure::Usage(format!("{file}: holds several layers ({}); name one with --layer", names())));
        }
        None => layers.first(),
    };
    let Some((table, geometry, srs)) = chosen else {
        return Err(Failure::Usage(format!("{file}: has no such layer; it holds {}", names())));
    };
    // 4326 is WGS 84; 0 and -1 are "undefined", where the coordinates themselves must tell.
    if !matches!(srs, 4326 | 4490 | 0 | -1) {
        return Err(Failure::Usage(format!(
            "{file}: layer {table} is in the reference system {srs}; give it in WGS 84 (EPSG:4326) or CGCS2000 (EPSG:4490)"
        )));
    }
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut statement = connection.prepare(&format!("SELECT * FROM {}", quoted(table))).map_err(failed)?;
    let columns: Vec<String> = statement.column_names().map(ToString::to_string).collect();
    let mut rows = statement.query([]).map_err(failed)?;
    let (mut lines, mut record) = (Vec::new(), 0);
    while let Some(row) = rows.next().map_err(failed)? {
        record += 1;
        let mut line = Line { record, ..Line::default() };
        let mut attributes = BTreeMap::new();
        for (k, name) in columns.iter().enumerate() {
            let value = row.get_ref(k).map_err(failed)?;
            if name == geometry {
                line.course = match value {
                    ValueRef::Blob(bytes) => course(bytes).ok_or_else(|| {
                        Failure::Usage(format!("{file}: record {record} of {table} has a geometry that is no line"))
                    })?,
                    _ => Vec::new(),
                };
                continue;
            }
            let text = match value {
                ValueRef::Integer(i) => i.to_string(),
                ValueRef::Real(x) => plain(&x.to_string()),
                ValueRef::Text(text) => String::from_utf8_lossy(text).trim().to_string(),
                ValueRef::Null | ValueRef::Blob(_) => continue,
            };
            attributes.insert(name.to_lowercase(), text);
        }
        // The key of the table serves where nothing else names the lines.
        if let Some(fid) = attributes.get("fid").cloned() {
            attributes.entry("id".into()).or_insert(fid);
        }
        line.attributes = attributes;
        lines.push(line);
    }
    Ok(read::from_lines(&file, lines)?)
}

/// Points of a LineString or MultiLineString in a GeoPackage blob; `None` where it is something else or cut off. Empty
/// geometries give no points.
fn course(blob: &[u8]) -> Option<Vec<Point>> {
    if blob.get(..2)? != b"GP" {
        return None;
    }
    let flags = *blob.get(3)?;
    // Bits 1 to 3: the envelope (none, 4, 6, 6 or 8 doubles).
    let envelope = *[0_usize, 32, 48, 48, 64].get(usize::from(flags >> 1 & 7))?;
    let mut wkb = Bytes { bytes: blob.get(8 + envelope..)?, little: true };
    wkb.line(false)
}

/// Well-known binary being read (OGC 06-103r4, §8).
struct Bytes<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*head)
    }

    fn whole(&mut self) -> Option<u32> {
        let b = self.take()?;
        Some(if self.little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) })
    }

    fn real(&mut self) -> Option<f64> {
        let b = self.take()?;
        Some(if self.little { f64::from_le_bytes(b) } else { f64::from_be_bytes(b) })
    }

    fn line(&mut self, inside: bool) -> Option<Vec<Point>> {
        self.little = self.take::<1>()? == [1];
        let kind = self.whole()?;
        // ISO: 1000 adds z, 2000 m, 3000 both; the older extended form sets the two highest bits.
        let extended = usize::from(kind & 0x8000_0000 != 0) + usize::from(kind & 0x4000_0000 != 0);
        let kind = kind & 0x0fff_ffff;
        let more = extended
            + match kind / 1000 {
                1 | 2 => 1,
                3 => 2,
                _ => 0,
            };
        let count = match kind % 1000 {
            2 => self.whole()?,
            5 if !inside => self.whole()?,
            _ => return None,
        };
        let mut points = Vec::new();
        for _ in 0..count {
            if kind % 1000 == 5 {
                points.extend(self.line(true)?);
                continue;
            }
            let (lon, lat) = (self.real()?, self.real()?);
            (0..more).try_for_each(|_| self.real().map(|_| ()))?;
            points.push(Point { lon, lat });
        }
        Some(points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blob with an envelope of four doubles and a line of points with heights, in either order of bytes.
    fn blob(points: &[(f64, f64)], little: bool) -> Vec<u8> {
        let mut bytes = vec![b'G', b'P', 0, 0b0000_0011, 0, 0, 0, 0];
        bytes.extend([0_u8; 32]);
        bytes.push(u8::from(little));
        let whole = |n: u32| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let real = |x: f64| if little { x.to_le_bytes() } else { x.to_be_bytes() };
        bytes.extend(whole(1002));
        bytes.extend(whole(points.len() as u32));
        points.iter().flat_map(|(x, y)| [*x, *y, 7.0]).for_each(|v| bytes.extend(real(v)));
        bytes
    }

    #[test]
    fn lines_are_read_in_both_orders_of_bytes_and_what_is_cut_off_is_refused() {
        for little in [true, false] {
            let bytes = blob(&[(120.0, 31.0), (120.5, 31.25)], little);
            assert_eq!(course(&bytes).unwrap()[1], Point { lon: 120.5, lat: 31.25 });
            assert!((0..bytes.len()).all(|cut| course(&bytes[..cut]).is_none()));
        }
        // A point is no line, and a count that the blob cannot hold is no reason to set memory aside.
        let mut point = blob(&[(1.0, 2.0)], true);
        point[41..45].copy_from_slice(&1_u32.to_le_bytes());
        assert_eq!(course(&point), None);
        let mut endless = blob(&[(1.0, 2.0)], true);
        endless[45..49].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(course(&endless), None);
    }
}
