//! `transport import`: matrices that others computed become a footprint.

use crate::manners::{Desk, Failure, Format, Language, Outcome};
use crate::output::folder::{self, File};
use crate::output::number::{number, optional};
use liankong_engine::region::{Medium, Quality};
use liankong_engine::transport::footprint::{Operator, standard_error};
use liankong_engine::transport::import::{Imported, table, tm5fasst};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What `transport import` is told.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  liankong transport import --format tm5fasst rfasst/ --out out/fasst\n\
                        \x20 liankong transport import --format csv matrix.csv --emissions rates.csv --base measured.csv --out out/mine\n\n\
                        csv: receptor,pollutant,start,end,source_id,species,value[,standard_error]; value = what a steady 1 kg/s brings, kg/m3.\n\
                        Writes footprint.csv (that table), base_emissions.csv, base_values.csv, closure.csv and import.json.")]
pub struct Arguments {
    /// Whose matrix
    #[arg(long, value_enum)]
    format: Form,
    /// Its files, or a folder that holds them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// csv: emissions of the base state, source_id,species,rate_kg_s
    #[arg(long, value_name = "FILE")]
    emissions: Option<PathBuf>,
    /// csv: values of the base state, receptor,pollutant,value in kg/m3
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// csv: air or water
    #[arg(long, value_enum, default_value = "air")]
    medium: Of,
    /// Folder for the results
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    /// The files src.*.csv, raw.base_em.csv and raw.base_conc.csv of the R package rfasst
    Tm5fasst,
    /// One line an entry
    Csv,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Of {
    Air,
    Water,
}

/// `import.json`.
#[derive(Serialize)]
struct Summary<'a> {
    origin: &'a str,
    medium: Medium,
    operator: Operator,
    /// Relative change of emissions for which it was computed.
    change: Option<f64>,
    receptors: usize,
    rows: usize,
    sources: usize,
    species: &'a [String],
    entries: usize,
    over_closing: usize,
    left_out: &'a [String],
}

/// Does what was asked.
pub fn import(arguments: &Arguments, desk: &Desk) -> Outcome {
    folder::fit_for_results(&arguments.out)?;
    let files = read(&arguments.files)?;
    let imported = match arguments.format {
        Form::Tm5fasst => tm5fasst::read(&files)?,
        Form::Csv => from_table(arguments, &files)?,
    };
    let summary = summary(&imported);
    folder::write(&arguments.out, &written(&imported, &summary)?)?;
    for sentence in &imported.left_out {
        desk.note(sentence);
    }
    match desk.format {
        Format::Json => desk.document(&summary),
        Format::Text => desk.say(&words(&summary, desk.language)),
    }
    Ok(())
}

fn words(s: &Summary<'_>, language: Language) -> String {
    let zh = format!(
        "{} 个受体、{} 行、{} 个源、{} 个元素；{} 行的列和超过基准值（外推过度）；略去 {} 项",
        s.receptors,
        s.rows,
        s.sources,
        s.entries,
        s.over_closing,
        s.left_out.len()
    );
    let en = format!(
        "{} receptors, {} rows, {} sources, {} entries; in {} rows the columns add up to more than the base value; {} things left out",
        s.receptors,
        s.rows,
        s.sources,
        s.entries,
        s.over_closing,
        s.left_out.len()
    );
    language.pick(&zh, &en).to_string()
}

/// Files by name, those of a folder in the order of their names.
fn read(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let failed = |path: &Path, cause: std::io::Error| Failure::Usage(format!("{}: {cause}", path.display()));
    let mut all: Vec<PathBuf> = vec![];
    for path in paths {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).map_err(|cause| failed(path, cause))?;
            let mut inside: Vec<PathBuf> =
                entries.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| p.is_file()).collect();
            inside.sort();
            all.extend(inside);
        } else {
            all.push(path.clone());
        }
    }
    all.into_iter()
        .map(|path| match std::fs::read(&path) {
            Ok(bytes) => Ok((path.display().to_string(), bytes)),
            Err(cause) => Err(failed(&path, cause)),
        })
        .collect()
}

fn from_table(arguments: &Arguments, files: &[(String, Vec<u8>)]) -> Result<Imported, Failure> {
    let [(name, bytes)] = files else {
        return Err(Failure::Usage(format!(
            "--format csv takes one table of entries, {} files were given",
            files.len()
        )));
    };
    let text = |name: &str, bytes: Vec<u8>| {
        String::from_utf8(bytes)
            .map_err(|_| Failure::Usage(format!("{name}: this is not UTF-8 text; save it as CSV in UTF-8")))
    };
    let beside = |path: &Option<PathBuf>| -> Result<Option<(String, String)>, Failure> {
        let Some(path) = path else { return Ok(None) };
        let mut found = read(std::slice::from_ref(path))?;
        let Some((name, bytes)) = found.pop() else { return Ok(None) };
        Ok(Some((name.clone(), text(&name, bytes)?)))
    };
    let (emissions, base) = (beside(&arguments.emissions)?, beside(&arguments.base)?);
    fn pair(of: &Option<(String, String)>) -> Option<(&str, &str)> {
        of.as_ref().map(|(name, text)| (name.as_str(), text.as_str()))
    }
    let kind = table::Kind {
        medium: if matches!(arguments.medium, Of::Air) { Medium::Air } else { Medium::Water },
        quality: Quality::Standard,
        origin: format!("table {name}"),
    };
    Ok(table::read(kind, (name, &text(name, bytes.clone())?), pair(&emissions), pair(&base))?)
}

fn summary(imported: &Imported) -> Summary<'_> {
    let f = &imported.footprint;
    let mut receptors: Vec<&str> = f.rows.iter().map(|r| r.receptor.as_str()).collect();
    receptors.sort_unstable();
    receptors.dedup();
    Summary {
        origin: &f.origin,
        medium: f.medium,
        operator: f.operator,
        change: imported.change,
        receptors: receptors.len(),
        rows: f.rows.len(),
        sources: f.sites.len(),
        species: &f.species,
        entries: f.entries(),
        over_closing: imported.closure().iter().filter(|c| c.over_closes).count(),
        left_out: &imported.left_out,
    }
}

fn written(imported: &Imported, summary: &Summary<'_>) -> Result<Vec<File>, Failure> {
    let f = &imported.footprint;
    let mut entries = String::from("receptor,pollutant,start,end,source_id,species,value,standard_error\n");
    for (at, row) in f.rows.iter().enumerate() {
        let (start, end) = (row.period.start.iso(0), row.period.end.iso(0));
        for entry in f.row(at) {
            let c = entry.column;
            let (site, species) = (&f.sites[c.site as usize], &f.species[usize::from(c.species)]);
            let batches: Vec<f64> = entry.replicates.iter().map(|r| f64::from(*r)).collect();
            let error = optional((!batches.is_empty()).then(|| standard_error(&batches)));
            let value = number(entry.value);
            entries += &format!("{},{},{start},{end},{site},{species},{value},{error}\n", row.receptor, row.pollutant);
        }
    }
    let mut rates = String::from("source_id,species,rate_kg_s\n");
    for rate in &imported.emissions {
        let (site, species) = (&f.sites[rate.site as usize], &f.species[usize::from(rate.species)]);
        rates += &format!("{site},{species},{}\n", number(rate.kg_s));
    }
    let mut base = String::from("receptor,pollutant,value\n");
    for (row, value) in f.rows.iter().zip(&imported.base) {
        if let Some(value) = value {
            base += &format!("{},{},{}\n", row.receptor, row.pollutant, number(*value));
        }
    }
    let mut closure = String::from("receptor,pollutant,modelled_kg_m3,base_kg_m3,ratio,flag\n");
    for c in imported.closure() {
        let flag = if c.over_closes { "over_closes" } else { "" };
        let figures = format!("{},{},{}", number(c.modelled), optional(c.base), optional(c.ratio));
        closure += &format!("{},{},{figures},{flag}\n", c.receptor, c.pollutant);
    }
    let json = serde_json::to_vec_pretty(summary).map_err(|cause| Failure::Failed(format!("import.json: {cause}")))?;
    Ok(vec![
        File { name: "footprint.csv", bytes: entries.into_bytes() },
        File { name: "base_emissions.csv", bytes: rates.into_bytes() },
        File { name: "base_values.csv", bytes: base.into_bytes() },
        File { name: "closure.csv", bytes: closure.into_bytes() },
        File { name: "import.json", bytes: json },
    ])
}
