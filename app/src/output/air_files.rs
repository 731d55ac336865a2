//! Footprints and plumes as NetCDF (CF-1.10) and Parquet.
//!
//! A footprint is sparse: in NetCDF its entries are gathered (CF, section 8.2) over (row, species, hour, band, lat, lon); in
//! Parquet each entry is a row, with its standard error and the batches from which the error of any sum follows.

use crate::manners::Failure;
use liankong_engine::region::Grid;
use liankong_engine::transport::air::footprints::Gridded;
use liankong_engine::transport::air::plumes::Plumes;
use liankong_engine::transport::footprint::{ReceptorQuantity, standard_error};
use netcdf_writer::{DimensionId, NcAttrValue, NcFileBuilder, NcWriteFormat, NcWriteOptions, VariableId};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

fn failed(what: &str) -> impl Fn(&dyn std::fmt::Display) -> Failure + '_ {
    move |cause| Failure::Failed(format!("{what} could not be made: {cause}"))
}

/// A NetCDF file in the making: every error is the same kind of failure.
struct Sheet {
    file: NcFileBuilder,
}

type Made<T> = Result<T, netcdf_writer::Error>;

impl Sheet {
    fn new(title: &str, source: &str) -> Made<Sheet> {
        let mut file = NcFileBuilder::new();
        let text = |t: &str| NcAttrValue::Chars(t.into());
        file.add_attribute("Conventions", text("CF-1.10"))?;
        file.add_attribute("title", text(title))?;
        file.add_attribute("source", text(source))?;
        file.add_attribute("history", text(concat!("liankong ", env!("CARGO_PKG_VERSION"))))?;
        Ok(Sheet { file })
    }

    fn say(&mut self, variable: VariableId, about: &[(&str, &str)]) -> Made<()> {
        about.iter().try_for_each(|(name, text)| {
            self.file.add_variable_attribute(variable, *name, NcAttrValue::Chars((*text).into()))
        })
    }

    fn numbers<T: netcdf_writer::NcWriteType>(
        &mut self,
        name: &str,
        dims: &[DimensionId],
        values: &[T],
        about: &[(&str, &str)],
    ) -> Made<VariableId> {
        let variable = self.file.add_variable::<T>(name, dims)?;
        self.say(variable, about)?;
        self.file.write_variable(variable, values)?;
        Ok(variable)
    }

    fn packed<T: netcdf_writer::NcWriteType>(
        &mut self,
        name: &str,
        dims: &[DimensionId],
        values: &[T],
        about: &[(&str, &str)],
    ) -> Made<()> {
        let variable = self.numbers(name, dims, values, about)?;
        if !values.is_empty() {
            self.file.set_variable_deflate(variable, Some(4), true)?;
        }
        Ok(())
    }

    fn words(&mut self, name: &str, dim: DimensionId, values: &[String], about: &[(&str, &str)]) -> Made<()> {
        let variable = self.file.add_string_variable(name, &[dim])?;
        self.say(variable, about)?;
        self.file.write_string_variable(variable, values)
    }

    /// Latitudes and longitudes of the cells' middles and edges.
    fn cells(&mut self, grid: &Grid) -> Made<(DimensionId, DimensionId)> {
        let (lat, lon) =
            (self.file.add_dimension("lat", grid.ny as u64)?, self.file.add_dimension("lon", grid.nx as u64)?);
        let two = self.file.add_dimension("edge", 2)?;
        for (name, standard, unit, dim, first, n) in [
            ("lat", "latitude", "degrees_north", lat, grid.south, grid.ny),
            ("lon", "longitude", "degrees_east", lon, grid.west, grid.nx),
        ] {
            let middles: Vec<f64> = (0..n).map(|k| first + (k as f64 + 0.5) * grid.step).collect();
            let edges: Vec<f64> =
                (0..n).flat_map(|k| [first + k as f64 * grid.step, first + (k as f64 + 1.0) * grid.step]).collect();
            let bounds = format!("{name}_bounds");
            self.numbers(name, &[dim], &middles, &[("standard_name", standard), ("units", unit), ("bounds", &bounds)])?;
            self.numbers(&bounds, &[dim, two], &edges, &[])?;
        }
        Ok((lat, lon))
    }

    fn layers(&mut self, name: &str, edges_m: &[f64]) -> Made<DimensionId> {
        let dim = self.file.add_dimension(name, (edges_m.len() - 1) as u64)?;
        let two = self.file.add_dimension("layer_edge", 2)?;
        let middles: Vec<f64> = edges_m.windows(2).map(|e| 0.5 * (e[0] + e[1])).collect();
        let bounds: Vec<f64> = edges_m.windows(2).flat_map(|e| [e[0], e[1]]).collect();
        let about = [
            ("standard_name", "height"),
            ("units", "m"),
            ("positive", "up"),
            ("axis", "Z"),
            ("bounds", "layer_bounds"),
        ];
        self.numbers(name, &[dim], &middles, &about)?;
        self.numbers("layer_bounds", &[dim, two], &bounds, &[])?;
        Ok(dim)
    }

    fn bytes(self) -> Made<Vec<u8>> {
        Ok(self.file.to_vec(NcWriteOptions { format: NcWriteFormat::Nc4 })?.1)
    }
}

const EPOCH: &str = "seconds since 1970-01-01 00:00:00";

fn unit(quantity: ReceptorQuantity) -> (&'static str, &'static str) {
    match quantity {
        ReceptorQuantity::Concentration => (
            "s m-3",
            "concentration at the receptor per mass emitted a second, over the hour of emission: kg m-3 per kg s-1",
        ),
        ReceptorQuantity::DepositionFlux => (
            "m-2",
            "deposition flux at the receptor per emission rate, over the hour of emission: kg m-2 s-1 per kg s-1",
        ),
        ReceptorQuantity::RiverLoad => ("1", "load at the section per load emitted"),
    }
}

/// `footprint.nc`.
pub fn footprint_netcdf(g: &Gridded) -> Result<Vec<u8>, Failure> {
    made_footprint(g).map_err(|cause| failed("the NetCDF file")(&cause))
}

fn made_footprint(g: &Gridded) -> Made<Vec<u8>> {
    let f = &g.footprint;
    let mut sheet = Sheet::new("Footprints of receptors", &f.origin)?;
    let row_dim = sheet.file.add_dimension("row", f.rows.len() as u64)?;
    let species_dim = sheet.file.add_dimension("species", f.species.len() as u64)?;
    let hour_dim = sheet.file.add_dimension("hour", f.bins.len() as u64)?;
    let band_dim = sheet.layers("band", &g.edges_m)?;
    let _ = (sheet.cells(&g.grid)?, band_dim);
    let entry = sheet.file.add_dimension("entry", f.entries() as u64)?;
    let receptors: Vec<String> = f.rows.iter().map(|r| r.receptor.clone()).collect();
    let products: Vec<String> = f.rows.iter().map(|r| r.pollutant.clone()).collect();
    sheet.words("receptor", row_dim, &receptors, &[("cf_role", "timeseries_id"), ("long_name", "receptor")])?;
    sheet.words("product", row_dim, &products, &[("long_name", "measured quantity")])?;
    sheet.words("precursor", species_dim, &f.species, &[("long_name", "emitted species")])?;
    let time = [("units", EPOCH), ("calendar", "standard")];
    let moments = |of: &dyn Fn(usize) -> i64, n: usize| (0..n).map(of).collect::<Vec<i64>>();
    sheet.numbers("period_start", &[row_dim], &moments(&|r| f.rows[r].period.start.0, f.rows.len()), &time)?;
    sheet.numbers("period_end", &[row_dim], &moments(&|r| f.rows[r].period.end.0, f.rows.len()), &time)?;
    let about = [
        ("units", EPOCH),
        ("calendar", "standard"),
        ("standard_name", "time"),
        ("long_name", "start of the hour of emission"),
    ];
    sheet.numbers("hour", &[hour_dim], &moments(&|h| f.bins[h].start.0, f.bins.len()), &about)?;
    let (species, hours, bands) = (f.species.len() as i64, f.bins.len() as i64, g.edges_m.len() as i64 - 1);
    let cells = g.grid.cells() as i64;
    let mut gathered: Vec<(i64, f32, f32)> = Vec::with_capacity(f.entries());
    for row in 0..f.rows.len() {
        for e in f.row(row) {
            let site = g.sites[e.column.site as usize];
            let at = (row as i64 * species + i64::from(e.column.species)) * hours + i64::from(e.column.bin);
            let place = (at * bands + i64::from(site.band)) * cells + i64::from(site.cell);
            gathered.push((place, e.value as f32, error_of(e.replicates) as f32));
        }
    }
    gathered.sort_by_key(|e| e.0);
    let (units, long_name) = unit(f.quantity);
    let places: Vec<i64> = gathered.iter().map(|e| e.0).collect();
    sheet.packed("entry", &[entry], &places, &[("compress", "row species hour band lat lon")])?;
    let values: Vec<f32> = gathered.iter().map(|e| e.1).collect();
    sheet.packed(
        "footprint",
        &[entry],
        &values,
        &[("units", units), ("long_name", long_name), ("ancillary_variables", "footprint_standard_error")],
    )?;
    let errors: Vec<f32> = gathered.iter().map(|e| e.2).collect();
    sheet.packed(
        "footprint_standard_error",
        &[entry],
        &errors,
        &[("units", units), ("long_name", "standard error of footprint")],
    )?;
    sheet.bytes()
}

fn error_of(replicates: &[f32]) -> f64 {
    standard_error(&replicates.iter().map(|r| f64::from(*r)).collect::<Vec<f64>>())
}

/// `grid.nc`: mean concentration of each species, interval by interval.
pub fn plume_netcdf(
    p: &Plumes,
    grid: &Grid,
    levels_m: &[f64],
    interval_s: i64,
    species: &[String],
    source: &str,
) -> Result<Vec<u8>, Failure> {
    let make = || -> Made<Vec<u8>> {
        let mut sheet = Sheet::new("Plumes of releases", source)?;
        let time_dim = sheet.file.add_dimension("time", p.intervals as u64)?;
        let two = sheet.file.add_dimension("time_edge", 2)?;
        let edges: Vec<f64> = std::iter::once(0.0).chain(levels_m.iter().copied()).collect();
        let level_dim = sheet.layers("level", &edges)?;
        let (lat, lon) = sheet.cells(grid)?;
        let start = |k: usize| p.start.0 + k as i64 * interval_s;
        let middles: Vec<i64> = (0..p.intervals).map(|k| start(k) + interval_s / 2).collect();
        let bounds: Vec<i64> = (0..p.intervals).flat_map(|k| [start(k), start(k + 1)]).collect();
        let about = [
            ("standard_name", "time"),
            ("units", EPOCH),
            ("calendar", "standard"),
            ("axis", "T"),
            ("bounds", "time_bounds"),
        ];
        sheet.numbers("time", &[time_dim], &middles, &about)?;
        sheet.numbers("time_bounds", &[time_dim, two], &bounds, &[])?;
        for (at, name) in species.iter().enumerate() {
            let mut values = vec![0.0f32; p.intervals * levels_m.len() * grid.cells()];
            for (interval, level, cell, masses) in &p.cells {
                let place = (*interval as usize * levels_m.len() + usize::from(*level)) * grid.cells() + *cell as usize;
                if let Some(value) = values.get_mut(place) {
                    *value = masses[at];
                }
            }
            let variable =
                if species.len() == 1 { "concentration".to_string() } else { format!("concentration_{}", clean(name)) };
            let about = [
                ("units", "kg m-3"),
                ("long_name", name.as_str()),
                ("cell_methods", "time: mean level: mean area: mean"),
            ];
            sheet.packed(&variable, &[time_dim, level_dim, lat, lon], &values, &about)?;
        }
        sheet.bytes()
    };
    make().map_err(|cause| failed("the NetCDF file")(&cause))
}

fn clean(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

const SCHEMA: &str = "message footprint {
    REQUIRED BYTE_ARRAY receptor (UTF8);
    REQUIRED INT64 period_start (TIMESTAMP(MILLIS,true));
    REQUIRED INT64 period_end (TIMESTAMP(MILLIS,true));
    REQUIRED BYTE_ARRAY product (UTF8);
    REQUIRED BYTE_ARRAY precursor (UTF8);
    REQUIRED INT64 emission_hour (TIMESTAMP(MILLIS,true));
    REQUIRED INT32 cell;
    REQUIRED DOUBLE lon;
    REQUIRED DOUBLE lat;
    REQUIRED FLOAT bottom_m;
    REQUIRED FLOAT top_m;
    REQUIRED DOUBLE value;
    REQUIRED DOUBLE standard_error;
";

/// `footprint.parquet`: a row group for each receptor and period.
pub fn footprint_parquet(g: &Gridded) -> Result<Vec<u8>, Failure> {
    made_parquet(g).map_err(|cause| failed("the Parquet file")(&cause))
}

fn made_parquet(g: &Gridded) -> parquet::errors::Result<Vec<u8>> {
    let f = &g.footprint;
    let batches = f.replicate_count();
    let columns: String = (0..batches).map(|b| format!("    REQUIRED FLOAT batch_{b};\n")).collect();
    let schema = Arc::new(parse_message_type(&format!("{SCHEMA}{columns}}}"))?);
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?)).build();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
    for (at, row) in f.rows.iter().enumerate() {
        let entries: Vec<_> = f.row(at).collect();
        let n = entries.len();
        let mut group = writer.next_row_group()?;
        let word = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        column::<ByteArrayType>(&mut group, &vec![word(&row.receptor); n])?;
        column::<Int64Type>(&mut group, &vec![1000 * row.period.start.0; n])?;
        column::<Int64Type>(&mut group, &vec![1000 * row.period.end.0; n])?;
        column::<ByteArrayType>(&mut group, &vec![word(&row.pollutant); n])?;
        let names: Vec<ByteArray> = f.species.iter().map(|s| word(s)).collect();
        column::<ByteArrayType>(
            &mut group,
            &entries.iter().map(|e| names[usize::from(e.column.species)].clone()).collect::<Vec<_>>(),
        )?;
        let hour =
            |e: &liankong_engine::transport::footprint::Entry<'_>| 1000 * f.bins[usize::from(e.column.bin)].start.0;
        column::<Int64Type>(&mut group, &entries.iter().map(hour).collect::<Vec<_>>())?;
        let sites: Vec<_> = entries.iter().map(|e| g.sites[e.column.site as usize]).collect();
        column::<Int32Type>(&mut group, &sites.iter().map(|s| s.cell as i32).collect::<Vec<_>>())?;
        let centres: Vec<_> = sites.iter().map(|s| g.grid.centre(s.cell as usize)).collect();
        column::<DoubleType>(&mut group, &centres.iter().map(|c| c.lon).collect::<Vec<_>>())?;
        column::<DoubleType>(&mut group, &centres.iter().map(|c| c.lat).collect::<Vec<_>>())?;
        column::<FloatType>(
            &mut group,
            &sites.iter().map(|s| g.edges_m[usize::from(s.band)] as f32).collect::<Vec<_>>(),
        )?;
        column::<FloatType>(
            &mut group,
            &sites.iter().map(|s| g.edges_m[usize::from(s.band) + 1] as f32).collect::<Vec<_>>(),
        )?;
        column::<DoubleType>(&mut group, &entries.iter().map(|e| e.value).collect::<Vec<_>>())?;
        column::<DoubleType>(&mut group, &entries.iter().map(|e| error_of(e.replicates)).collect::<Vec<_>>())?;
        for b in 0..batches {
            column::<FloatType>(&mut group, &entries.iter().map(|e| e.replicates[b]).collect::<Vec<_>>())?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(bytes)
}

fn column<T: parquet::data_type::DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
    values: &[T::T],
) -> parquet::errors::Result<()> {
    if let Some(mut writer) = group.next_column()? {
        writer.typed::<T>().write_batch(values, None, None)?;
        writer.close()?;
    }
    Ok(())
}
