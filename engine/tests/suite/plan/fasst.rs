//! Joint against separate control in East Asia by the published TM5-FASST coefficients: see
//! `validation/plan_tm5_fasst/README.md`. The table there is made by this test.

use crate::shared_data;
use liankong_engine::plan::abatement::{Abatement, Decision, Goal, MILLION};
use liankong_engine::plan::answer::answer;
use liankong_engine::plan::share::{Sharing, Shortfall, names};
use liankong_engine::plan::stack::{Search, Stacked};
use std::collections::BTreeMap;
use std::fmt::Write;

const MEMBERS: [&str; 5] = ["CHN", "JPN", "COR", "MON", "TWN"];
/// The perturbation behind the coefficients: emissions 20 % down.
const PERTURBED: f64 = 0.2;
/// The cut that is asked of everyone, as a share of SO4 + NO3 + NH4 + BC + POM today.
const CUT: f64 = 0.10;
/// Emitted species, its column in the emissions, and the tables of what it becomes.
const CHAINS: [(&str, &str, &[&str]); 5] = [
    ("SO2", "SO2", &["so4_so2", "no3_so2", "nh4_so2"]),
    ("NOx", "NOX", &["so4_nox", "no3_nox", "nh4_nox"]),
    ("NH3", "NH3", &["so4_nh3", "no3_nh3", "nh4_nh3"]),
    ("BC", "BC", &["bc"]),
    ("POM", "OM", &["pom"]),
];
/// CNY a tonne for each further fifth of the emission; README.md says where each is from.
const STEPS: [(&str, [f64; 3]); 5] = [
    ("SO2", [24_000.0, 28_250.0, 44_600.0]),
    ("NOx", [4_080.0, 5_900.0, 23_500.0]),
    ("NH3", [7_990.0, 8_440.0, 88_900.0]),
    ("BC", [4_300.0; 3]),
    ("POM", [4_300.0; 3]),
];

type Matrix = BTreeMap<(String, String), f64>;

fn matrix(name: &str) -> Option<Matrix> {
    let text = shared_data::text(&format!("data/sr_matrix/{name}.csv"))?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_string).collect();
    let mut found = Matrix::new();
    for row in reader.records().map(Result::unwrap) {
        for (k, cell) in row.iter().enumerate().skip(1) {
            found.insert((row[0].to_string(), head[k].clone()), cell.parse().unwrap_or(0.0));
        }
    }
    Some(found)
}

fn region() -> Option<Abatement> {
    let emitted = matrix("raw.base_em")?;
    let base = matrix("raw.base_conc")?;
    let mut abatement = Abatement { members: MEMBERS.map(String::from).to_vec(), ..Abatement::default() };
    let mut effects: Vec<Vec<(usize, f64)>> = vec![Vec::new(); MEMBERS.len()];
    for (chain, (species, column, tables)) in CHAINS.iter().enumerate() {
        let tables: Vec<Matrix> = tables.iter().map(|t| matrix(&format!("src.{t}"))).collect::<Option<_>>()?;
        for (m, source) in MEMBERS.iter().enumerate() {
            let kg = emitted[&(source.to_string(), column.to_string())];
            for (step, a_tonne) in STEPS[chain].1.iter().enumerate() {
                for (r, receptor) in MEMBERS.iter().enumerate() {
                    let key = (source.to_string(), receptor.to_string());
                    // A step is a fifth of the emission: just the perturbation of the coefficients.
                    let off: f64 = tables.iter().map(|t| t[&key]).sum::<f64>() * 0.2 / PERTURBED;
                    effects[r].push((abatement.decisions.len(), off));
                }
                abatement.decisions.push(Decision {
                    measure: format!("{species}-{}", step + 1),
                    source: source.to_string(),
                    member: Some(m),
                    cost: a_tonne * kg / 1000.0 * 0.2,
                    floor: 0.0,
                    upper: 1.0,
                });
            }
        }
    }
    for (r, (receptor, effects)) in MEMBERS.iter().zip(effects).enumerate() {
        let now: f64 =
            ["SO4", "NO3", "NH4", "BC", "POM"].map(|c| base[&(receptor.to_string(), c.to_string())]).iter().sum();
        let limit = now * (1.0 - CUT);
        abatement.goals.push(Goal { id: receptor.to_string(), member: Some(r), now, limit, yardstick: limit, effects });
    }
    Some(abatement)
}

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/plan_tm5_fasst/table.md");

#[test]
fn in_east_asia_joint_control_saves_and_the_core_is_certified() {
    let Some(abatement) = region() else { return };
    let stacked = Stacked { plain: abatement.clone(), ..Stacked::default() };
    let joint = answer(&stacked, Search::default(), &|| false).unwrap();
    assert_eq!(joint.status, "optimal");
    assert!(joint.gap.abs() < 1e-9 && joint.max_violation < 1e-9, "{joint:?}");
    let Sharing { game, shares } = Sharing::of(&abatement, &[0, 1, 2, 3, 4], Shortfall::default(), &|| false).unwrap();
    let whole = game.cost[game.grand()];
    assert!((whole - joint.cost).abs() < 1e-6 * joint.cost && game.greatest_gap() < 1e-7);
    assert!(game.saving() >= -1e-6 * whole);
    assert!((shares.core.epsilon - shares.core.epsilon_bound).abs() < 1e-6 * whole, "{:?}", shares.core);
    for a in &shares.allocations {
        assert!(a.transfers.iter().sum::<f64>().abs() < 1e-9 * whole);
    }

    let million = |v: f64| format!("{:.0}", v / MILLION);
    let mut table = String::from(
        "<!-- Made by engine/tests/suite/plan/fasst.rs; LIANKONG_BLESS=1 writes it anew. -->\n\
         Million CNY a year. Target of each: 10 % off its own SO4 + NO3 + NH4 + BC + POM.\n\n\
         | member | today, µg/m³ | with the joint plan | price, million CNY per µg/m³ | alone | Shapley | nucleolus | Nash | by prices | spends itself | transfer (nucleolus) |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let by = |rule: &str| shares.allocations.iter().find(|a| a.rule == rule).unwrap();
    for (i, member) in MEMBERS.iter().enumerate() {
        write!(
            table,
            "| {member} | {:.2} | {:.2} | {} |",
            abatement.goals[i].now,
            joint.values[i],
            million(joint.prices[i])
        )
        .unwrap();
        let cells = [game.cost[1 << i], by("shapley").pays[i], by("nucleolus").pays[i], by("nash").pays[i]];
        cells.iter().for_each(|v| write!(table, " {} |", million(*v)).unwrap());
        let cells = [by("prices").pays[i], game.incurred[i], by("nucleolus").transfers[i]];
        writeln!(table, " {} | {} | {} |", million(cells[0]), million(cells[1]), million(cells[2])).unwrap();
    }
    writeln!(
        table,
        "\nJoint {}, separate {}, saved {}; targets missed alone are priced at {} a whole limit. Least-core ε {}, proved from \
         below by {}: the core is {}.",
        million(whole),
        million(whole + game.saving()),
        million(game.saving()),
        million(game.shortfall_price),
        million(shares.core.epsilon),
        shares.core.certificate.iter().map(|(s, w)| format!("{:.3} of {}", w, names(&game.players, *s))).collect::<Vec<_>>().join(", "),
        if shares.core.empty { "empty" } else { "not empty" }
    )
    .unwrap();
    let inside: Vec<&str> = shares.allocations.iter().filter(|a| a.in_core).map(|a| a.rule).collect();
    writeln!(table, "In the core: {}.", if inside.is_empty() { "none".into() } else { inside.join(", ") }).unwrap();
    if std::env::var("LIANKONG_BLESS").is_ok() {
        std::fs::write(TABLE, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(TABLE).unwrap_or_default(), table, "LIANKONG_BLESS=1 writes the table anew");
}
