//! SPARROW's published models of total nitrogen in MRB3 (upper Mississippi, Great Lakes, Ohio, Red River), recomputed: 11,526
//! reaches, 708 sites. Golden figures: Model 6, simulated sum of squares 155.4753; Model 1, the load of every reach.

#![allow(clippy::unwrap_used, clippy::panic)]

use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::order::upstream_first;
use liankong_engine::region::river::{Element, Link, RiverNetwork};
use liankong_engine::transport::river::sparrow::{Leads, Model, Source, Term};
use std::collections::BTreeMap;

const FOLDER: &str = "data/river/sparrow_mrb3_tn";

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

/// Who leads to whom, and an order in which all above comes first; the table's own `hydseq` is not used.
fn network(data: &Table) -> (Vec<usize>, Vec<Leads>) {
    let (from, to, fraction, transports) =
        (data.texts("fnode"), data.texts("tnode"), data.numbers("frac"), data.numbers("iftran"));
    let mut begins: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    from.iter().enumerate().for_each(|(i, node)| begins.entry(node).or_default().push(i));
    let mut leads = Vec::new();
    for (i, node) in to.iter().enumerate().filter(|(i, _)| transports[*i] > 0.0) {
        leads.extend(begins.get(node.as_str()).into_iter().flatten().map(|k| Leads {
            from: i,
            to: *k,
            share: fraction[*k],
        }));
    }
    let elements =
        data.texts("mrb_id").iter().map(|id| Element { kind: ReachKind::Reach, ..Element::named(id) }).collect();
    let links = leads.iter().map(|l| Link { from: l.from, to: Some(l.to), share: l.share }).collect();
    let (order, circles) = upstream_first(&RiverNetwork { elements, links });
    assert!(circles.is_empty(), "{circles:?}");
    (order, leads)
}

#[test]
fn model_6_of_sparrow_has_its_published_sum_of_squares_and_model_1_the_load_of_every_reach() {
    let (Some(data), Some(estimates), Some(published)) = (
        Table::read("data1.csv"),
        Table::read("Model6/ParameterEstimates.csv"),
        Table::read("Model1/Model1_predicts_load.csv"),
    ) else {
        return;
    };
    let (order, leads) = network(&data);
    assert_eq!(order.len(), 11_526);

    let mut six = Model::default();
    let kinds = estimates.texts("PARM TYPE");
    let deliveries = kinds.iter().filter(|k| *k == "DELIVF").count();
    for ((name, kind), coefficient) in
        estimates.texts("PARAMETER").iter().zip(&kinds).zip(estimates.numbers("ESTIMATE"))
    {
        let term = Term { coefficient, values: data.numbers(name) };
        match kind.as_str() {
            // The design matrix: every delivery term acts on every source but the point sources.
            "SOURCE" => six.sources.push(Source { term, delivered_by: vec![name != "point"; deliveries] }),
            "DELIVF" => six.delivery.push(term),
            "STRM" => six.stream.push(term),
            _ => six.reservoir.push(term),
        }
    }
    let loads = six.loads(&order, &leads).total;
    let (measured, site) = (data.numbers("LOAD_A_00600"), data.texts("Tagsite"));
    let residuals: Vec<f64> = (0..order.len())
        .filter(|i| site[*i] == "1")
        .map(|i| measured[i].ln() - loads[i].iter().sum::<f64>().ln())
        .collect();
    let squares: f64 = residuals.iter().map(|r| r * r).sum();
    assert_eq!((residuals.len(), format!("{squares:.4}").as_str()), (708, "155.4753"));

    let area = Term { coefficient: 869.121168356669, values: data.numbers("demiarea") };
    let one = Model { sources: vec![Source { term: area, delivered_by: Vec::new() }], ..Model::default() };
    let loads = one.loads(&order, &leads);
    let terminal: Vec<bool> = data.texts("termflag").iter().map(|f| f == "1" || f == "3").collect();
    let delivered = one.delivered(&order, &leads, &terminal);
    let ids = data.texts("mrb_id");
    let position: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    // Printed to seven digits by its makers; the factor is their retransformation.
    let same = |theirs: f64, ours: f64| assert!((theirs / (1.338_349 * ours) - 1.0).abs() < 1e-6, "{theirs} {ours}");
    let (totals, own, fractions) =
        (published.numbers("pload_total"), published.numbers("pload_inc"), published.numbers("deliv_frac"));
    for (row, id) in published.texts("mrb_id").iter().enumerate() {
        let i = position[id.as_str()];
        same(totals[row], loads.total[i][0]);
        same(own[row], loads.own[i][0]);
        assert!((fractions[row] - delivered[i]).abs() < 1e-12, "{id}");
    }
    assert_eq!(totals.len(), 11_526);
}
