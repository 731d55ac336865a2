//! SPARROW's published models of total nitrogen in MRB3 (upper Mississippi, Great Lakes, Ohio, Red River), recomputed: see
//! `validation/sparrow/README.md`. The table there is made by this test.

use liankong_engine::region::river::order::upstream_first;
use liankong_engine::region::river::read;
use liankong_engine::transport::river::sparrow::{Loads, Model, Source, Term};
use std::collections::BTreeMap;
use std::fmt::Write;

const FOLDER: &str = "data/river/sparrow_mrb3_tn";
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/sparrow/table.md");

struct Table(BTreeMap<String, usize>, Vec<csv::StringRecord>);

impl Table {
    fn read(file: &str) -> Option<Table> {
        let text = crate::shared_data::text(&format!("{FOLDER}/{file}"))?;
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let header = reader.headers().unwrap().iter().enumerate().map(|(i, name)| (name.to_string(), i)).collect();
        Some(Table(header, reader.records().map(Result::unwrap).collect()))
    }

    fn texts(&self, column: &str) -> Vec<String> {
        self.1.iter().map(|r| r[self.0[column]].trim().to_string()).collect()
    }

    /// `NA` counts as 0, as in the published run.
    fn numbers(&self, column: &str) -> Vec<f64> {
        self.texts(column).iter().map(|t| t.parse().unwrap_or(0.0)).collect()
    }
}

/// Model 6 with its published estimates.
fn model_6(data: &Table, estimates: &Table) -> Model {
    let mut model = Model::default();
    let kinds = estimates.texts("PARM TYPE");
    let deliveries = kinds.iter().filter(|k| *k == "DELIVF").count();
    for ((name, kind), coefficient) in
        estimates.texts("PARAMETER").iter().zip(&kinds).zip(estimates.numbers("ESTIMATE"))
    {
        let term = Term { coefficient, values: data.numbers(name) };
        match kind.as_str() {
            // The design matrix: every delivery term acts on every source but the point sources.
            "SOURCE" => model.sources.push(Source { term, delivered_by: vec![name != "point"; deliveries] }),
            "DELIVF" => model.delivery.push(term),
            "STRM" => model.stream.push(term),
            _ => model.reservoir.push(term),
        }
    }
    model
}

/// Greatest relative difference from published values after one common factor, and that factor.
fn differ(published: &[f64], ours: &[f64]) -> (f64, f64) {
    let factor = published.iter().sum::<f64>() / ours.iter().sum::<f64>();
    let worst = published.iter().zip(ours).map(|(p, o)| (p / (factor * o) - 1.0).abs()).fold(0.0, f64::max);
    (factor, worst)
}

#[test]
fn model_6_of_sparrow_has_its_published_sum_of_squares_and_model_1_the_load_of_every_reach() {
    let (Some(path), Some(data), Some(estimates), Some(published)) = (
        crate::shared_data::path(&format!("{FOLDER}/data1.csv")),
        Table::read("data1.csv"),
        Table::read("Model6/ParameterEstimates.csv"),
        Table::read("Model1/Model1_predicts_load.csv"),
    ) else {
        return;
    };
    let network = read::network(&path).unwrap().network;
    let (order, circles) = upstream_first(&network);
    assert!(order.len() == 11_526 && circles.is_empty(), "{} reaches, circles {circles:?}", order.len());

    let (measured, site) = (data.numbers("LOAD_A_00600"), data.texts("Tagsite"));
    let squares = |loads: &Loads| {
        let sites = (0..order.len()).filter(|i| site[*i] == "1");
        let residuals: Vec<f64> = sites.map(|i| measured[i].ln() - loads.total[i].iter().sum::<f64>().ln()).collect();
        (residuals.len(), residuals.iter().map(|r| r * r).sum::<f64>())
    };
    let six = model_6(&data, &estimates).loads(&order, &network.links);
    let (sites, six_squares) = squares(&six);

    // Model 1: drainage area as the only source, no decay. Its estimate is printed in Model1_summary.txt.
    let area = Term { coefficient: 869.121_168_356_669, values: data.numbers("demiarea") };
    let one = Model { sources: vec![Source { term: area, delivered_by: Vec::new() }], ..Model::default() };
    let loads = one.loads(&order, &network.links);
    let terminal: Vec<bool> = data.texts("termflag").iter().map(|f| f == "1" || f == "3").collect();
    let delivered = one.delivered(&order, &network.links, &terminal);
    let ids = data.texts("mrb_id");
    let position: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let at: Vec<usize> = published.texts("mrb_id").iter().map(|id| position[id.as_str()]).collect();
    let ours = |of: &dyn Fn(usize) -> f64| at.iter().map(|i| of(*i)).collect::<Vec<f64>>();
    let (factor, total) = differ(&published.numbers("pload_total"), &ours(&|i| loads.total[i][0]));
    let (_, own) = differ(&published.numbers("pload_inc"), &ours(&|i| loads.own[i][0]));
    let fractions = published.numbers("deliv_frac");
    let fraction = fractions.iter().zip(ours(&|i| delivered[i])).map(|(p, o)| (p - o).abs()).fold(0.0, f64::max);

    let mut table =
        String::from("<!-- Made by engine/tests/suite/validation_sparrow.rs; LIANKONG_BLESS=1 writes it anew. -->\n");
    table.push_str("| figure | published | ours |\n|---|---|---|\n");
    writeln!(table, "| Model 6, simulated sum of squares over {sites} sites | 155.4753 | {six_squares:.6} |").unwrap();
    writeln!(table, "| Model 1, reaches compared | 11,526 | {} |", at.len()).unwrap();
    writeln!(table, "| Model 1, factor of retransformation | 1.338349 | {factor:.6} |").unwrap();
    writeln!(table, "| Model 1, greatest relative difference of a reach's total load | – | {total:.0e} |").unwrap();
    writeln!(table, "| Model 1, the same of its own load | – | {own:.0e} |").unwrap();
    writeln!(table, "| Model 1, greatest difference of a delivered fraction | – | {fraction:.0e} |").unwrap();
    if std::env::var("LIANKONG_BLESS").is_ok() {
        std::fs::write(TABLE, &table).unwrap();
    }
    assert_eq!((sites, format!("{six_squares:.4}").as_str()), (708, "155.4753"));
    assert_eq!(at.len(), 11_526);
    // Published with the seven digits of its area column's estimate: nothing finer can be asked.
    assert!((factor - 1.338_349).abs() < 1e-6 && total < 1e-6 && own < 1e-6 && fraction < 1e-12, "{table}");
    assert_eq!(std::fs::read_to_string(TABLE).unwrap(), table);
}
