//! `plan`: the cheapest joint plan, and fair shares of its cost.
//!
//! `plan solve` finds a plan for a case, or for plain tables; `plan share` shares the cost of a case's joint plan.

mod files;

use super::read_case;
use crate::manners::{Desk, Failure, Format, Outcome, stopped};
use crate::output::{folder, json, number::number, tables_shares};
use crate::progress::Teller;
use liankong_engine::cycle::{Progress, Verb};
use liankong_engine::plan;
use liankong_engine::plan::abatement::{Abatement, MILLION};
use liankong_engine::plan::answer::{Answer, answer};
use liankong_engine::plan::budget::{self, Best};
use liankong_engine::plan::conflict::{self, Conflict};
use liankong_engine::plan::curve::{self, Step};
use liankong_engine::plan::share::{Sharing, Shortfall};
use liankong_engine::plan::stack::{Search, Stacked};
use liankong_engine::region::Case;
use liankong_engine::{observe, transport};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What `plan` can do.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  liankong plan solve cases/yangtze-delta --out out/plan\n  \
                        liankong plan share cases/yangtze-delta --out out/shares")]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The cheapest plan that meets every target, with its proof and the price of each target
    Solve(Box<SolveArguments>),
    /// What every coalition of members would pay, and what each member should
    Share(ShareArguments),
}

/// What `plan solve` is told.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  liankong plan solve cases/yangtze-delta --out out/plan\n  \
                  liankong plan solve --footprint F --emissions E.csv --measures M.csv --targets T.csv --out out/plan\n\n\
                  Writes plan.json (status, cost, bound, gap, targets, max_violation; curve, conflicts), applications.csv.\n\
                  Tables: docs/reference/plan.md.")]
struct SolveArguments {
    /// Folder of the case; or give the four tables
    #[arg(required_unless_present_all = ["footprint", "emissions", "measures", "targets"])]
    case: Option<PathBuf>,
    /// Table of the footprint, or a folder with footprint.csv
    #[arg(long, value_name = "D", conflicts_with = "case")]
    footprint: Option<PathBuf>,
    /// Table of emissions
    #[arg(long, value_name = "FILE", conflicts_with = "case")]
    emissions: Option<PathBuf>,
    /// Table of measures
    #[arg(long, value_name = "FILE", conflicts_with = "case")]
    measures: Option<PathBuf>,
    /// Table of targets
    #[arg(long, value_name = "FILE", conflicts_with = "case")]
    targets: Option<PathBuf>,
    /// Best result for so much money, CNY a year, instead of every target
    #[arg(long, value_name = "CNY")]
    budget: Option<f64>,
    /// With --budget: spare the worst-off target most, then the next, instead of the least sum of misses
    #[arg(long, requires = "budget")]
    fair: bool,
    /// Yearly interest rate for investments (tables only; a case has its own)
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    interest: f64,
    /// Where measures stack or come in lumps: stop when cost and bound are this close
    #[arg(long, value_name = "SHARE", default_value_t = 1e-4)]
    gap: f64,
    /// Where measures stack or come in lumps: boxes to search at most
    #[arg(long, value_name = "N", default_value_t = 2000)]
    boxes: usize,
    /// Folder for the results
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What `plan share` is told.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  liankong plan share cases/yangtze-delta --members 310000,320000,330000,340000 --out out/shares\n\n\
                        Writes coalitions.csv, shares.csv, core.csv. Members may be of any level: whoever lies below a named member counts to it."
)]
struct ShareArguments {
    /// Folder of the case
    case: PathBuf,
    /// Codes of the members that share [default: those at the top]
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    members: Vec<String>,
    /// What missing a target by the whole of its limit costs, CNY a year [default: twice the dearest price of a target]
    #[arg(long, value_name = "CNY")]
    shortfall: Option<f64>,
    /// Folder for the results
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Does what was asked.
pub fn plan(arguments: &Arguments, desk: &Desk) -> Outcome {
    match &arguments.what {
        What::Solve(arguments) => solve(arguments, desk),
        What::Share(arguments) => share(arguments, desk),
    }
}

/// A question, and what is printed beside its answer.
struct Question {
    stacked: Stacked,
    units: Vec<String>,
    receptors: Vec<String>,
    /// Goals that ask for at least their limit are held with their signs turned.
    turned: Vec<bool>,
    quality: String,
    notes: Vec<String>,
}

/// The question of a case, whose footprints are computed first.
fn question(case: &Case, members: &[String], desk: &Desk) -> Result<Question, Failure> {
    let observed = observe::read(case);
    let teller = Teller::new(desk.language);
    teller.begin(Verb::Transport, transport::units(case));
    let transported = transport::footprints(case, &|units| teller.advance(units), &|| teller.stopped());
    teller.end(Verb::Transport);
    teller.finish();
    if stopped() {
        return Err(Failure::Failed("stopped; nothing was written".into()));
    }
    let transported = transported?;
    let plain = plan::abatement(case, &observed, &transported.means(), members);
    let spec = |id: &str| case.targets.iter().find(|t| t.id == id);
    let units = plain.goals.iter().map(|g| spec(&g.id).map_or(String::new(), |t| t.pollutant.spec().unit.to_string()));
    let receptors = plain.goals.iter().map(|g| spec(&g.id).map_or(String::new(), |t| t.receptor.clone()));
    let (units, receptors) = (units.collect(), receptors.collect());
    let turned = vec![false; plain.goals.len()];
    let quality = case.settings.quality.id().to_string();
    let notes = match case.settings.quality_note_en.as_str() {
        "" => Vec::new(),
        note => vec![note.to_string()],
    };
    Ok(Question { stacked: Stacked { plain, ..Stacked::default() }, units, receptors, turned, quality, notes })
}

#[derive(Serialize)]
struct Document<'a> {
    status: &'a str,
    cost: f64,
    bound: f64,
    gap: f64,
    max_violation: f64,
    targets: Vec<TargetLine<'a>>,
    applications: usize,
    quality: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<BudgetLine>,
    curve: Vec<Step>,
    conflicts: Vec<ConflictLine<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct TargetLine<'a> {
    id: &'a str,
    receptor: &'a str,
    now: f64,
    value: f64,
    limit: f64,
    unit: &'a str,
    dual: f64,
    met: bool,
}

#[derive(Serialize)]
struct BudgetLine {
    budget_cny_per_year: f64,
    rule: &'static str,
    miss: f64,
    miss_bound: f64,
}

#[derive(Serialize)]
struct ConflictLine<'a> {
    targets: Vec<&'a str>,
    yields: Vec<Option<f64>>,
    smallest: bool,
    miss_bound: f64,
}

fn solve(arguments: &SolveArguments, desk: &Desk) -> Outcome {
    folder::fit_for_results(&arguments.out)?;
    let question = match &arguments.case {
        Some(folder) => {
            let case = read_case(folder)?;
            let members: Vec<String> = case.top_members().map(|m| m.code.clone()).collect();
            question(&case, &members, desk)?
        }
        None => files::question(arguments)?,
    };
    if question.stacked.plain.goals.is_empty() {
        return Err(Failure::Usage("there is no target to plan for; add rows to the table of targets".into()));
    }
    let plain = &question.stacked.plain;
    let (found, budget) = match arguments.budget {
        None => (answer(&question.stacked, Search { gap: arguments.gap, boxes: arguments.boxes }, &stopped)?, None),
        Some(budget) => within(&question.stacked, budget, arguments.fair)?,
    };
    // Curve and conflict are questions of the linear programme; with stacks or lumps they would answer another one.
    let linear = plain.goals.len() <= 400
        && question.stacked.stacks.is_empty()
        && question.stacked.lumps.is_empty()
        && question.stacked.least.is_empty();
    let ambitions: Vec<f64> = (0..=20).map(|k| f64::from(k) / 20.0).collect();
    let curve = if linear { curve::curve(plain, &ambitions)? } else { Vec::new() };
    let explain = linear && found.status == "infeasible";
    let conflicts = if explain { conflict::conflicts(plain, &stopped)? } else { Vec::new() };
    let applications = applications(plain, &found);
    let document = Document {
        status: found.status,
        cost: found.cost,
        bound: found.bound,
        gap: found.gap,
        max_violation: found.max_violation,
        targets: targets(&question, &found),
        applications: applications.rows.len(),
        quality: &question.quality,
        budget,
        curve,
        conflicts: conflicts.iter().map(|c| conflict_line(plain, c)).collect(),
        notes: &question.notes,
    };
    let plan = folder::File { name: "plan.json", bytes: json("plan.json", &document)? };
    let table = table_file(applications)?;
    write(&arguments.out, &[table, plan])?;
    match desk.format {
        Format::Json => desk.document(&document),
        Format::Text => desk.say(&format!(
            "{}: {}, {:.3} million CNY a year (bound {:.3}); {} of {} targets met",
            arguments.out.display(),
            found.status,
            found.cost / MILLION,
            found.bound / MILLION,
            document.targets.iter().filter(|t| t.met).count(),
            document.targets.len()
        )),
    }
    Ok(())
}

/// The best result for a budget, as an answer.
fn within(asked: &Stacked, money: f64, fair: bool) -> Result<(Answer, Option<BudgetLine>), Failure> {
    if !(money.is_finite() && money >= 0.0) {
        return Err(Failure::Usage(format!("--budget {money}: give an amount of money, CNY a year, of at least 0")));
    }
    if !(asked.stacks.is_empty() && asked.lumps.is_empty() && asked.least.is_empty()) {
        return Err(Failure::Usage(
            "--budget is for measures that add and are continuous; leave out stacks, unit_share and min_size".into(),
        ));
    }
    let plain = &asked.plain;
    let best: Best = match fair {
        true => budget::fairest(plain, Some(money), &stopped)?,
        false => budget::least_sum(plain, money, &stopped)?,
    };
    let greatest = best.misses.iter().fold(0.0_f64, |m, v| m.max(*v));
    let miss = if fair { greatest } else { best.misses.iter().sum() };
    let status = if greatest <= 1e-6 { "optimal" } else { "within budget" };
    let gap = if best.cost > 0.0 { (best.cost - best.cost_bound) / best.cost } else { 0.0 };
    let values = plain.goals.iter().map(|g| g.value(&best.x)).collect();
    let line = BudgetLine {
        budget_cny_per_year: money,
        rule: if fair { "greatest miss least, then the next" } else { "sum of misses least" },
        miss,
        miss_bound: best.miss_bound,
    };
    let found = Answer {
        status,
        cost: best.cost,
        bound: best.cost_bound,
        gap,
        values,
        prices: best.prices,
        max_violation: greatest,
        x: best.x,
    };
    Ok((found, Some(line)))
}

fn targets<'a>(question: &'a Question, found: &Answer) -> Vec<TargetLine<'a>> {
    let plain = &question.stacked.plain;
    let line = |(t, goal): (usize, &'a plan::abatement::Goal)| {
        let sign = if question.turned[t] { -1.0 } else { 1.0 };
        TargetLine {
            id: &goal.id,
            receptor: &question.receptors[t],
            now: sign * goal.now,
            value: sign * found.values[t],
            limit: sign * goal.limit,
            unit: &question.units[t],
            dual: sign * found.prices[t],
            met: found.values[t] <= goal.limit + 1e-6 * goal.yardstick,
        }
    };
    plain.goals.iter().enumerate().map(line).collect()
}

fn conflict_line<'a>(plain: &'a Abatement, conflict: &Conflict) -> ConflictLine<'a> {
    ConflictLine {
        targets: conflict.goals.iter().map(|(t, _)| plain.goals[*t].id.as_str()).collect(),
        yields: conflict.goals.iter().map(|(_, y)| y.is_finite().then_some(*y)).collect(),
        smallest: conflict.smallest,
        miss_bound: conflict.miss_bound,
    }
}

fn applications(plain: &Abatement, found: &Answer) -> crate::output::tables::Table {
    let columns = ["measure_id", "source_id", "member", "share", "cost_cny_per_year"];
    let mut table = crate::output::tables::Table::new("applications.csv", Verb::Plan, &columns);
    for (d, x) in plain.decisions.iter().zip(&found.x).filter(|(_, x)| **x > 1e-9) {
        let member = d.member.and_then(|m| plain.members.get(m)).cloned().unwrap_or_default();
        table.rows.push(vec![d.measure.clone(), d.source.clone(), member, number(*x), number(d.cost * x)]);
    }
    table
}

fn table_file(table: crate::output::tables::Table) -> Result<folder::File, Failure> {
    let bytes = table.csv().map_err(|cause| Failure::Failed(format!("{}: {cause}", table.file)))?;
    Ok(folder::File { name: table.file, bytes })
}

/// Beside whatever else the folder holds.
fn write(out: &Path, files: &[folder::File]) -> Result<(), Failure> {
    files.iter().try_for_each(|file| folder::write_file(&out.join(file.name), &file.bytes))
}

fn share(arguments: &ShareArguments, desk: &Desk) -> Outcome {
    folder::fit_for_results(&arguments.out)?;
    let case = read_case(&arguments.case)?;
    let members: Vec<String> = match arguments.members.as_slice() {
        [] => case.top_members().map(|m| m.code.clone()).collect(),
        named => named.to_vec(),
    };
    let strange: Vec<&str> = members.iter().filter(|m| case.member(m).is_none()).map(String::as_str).collect();
    if !strange.is_empty() {
        let known: Vec<&str> = case.members.iter().map(|m| m.code.as_str()).collect();
        return Err(Failure::Usage(format!(
            "--members {}: not in members.csv; use codes of that table ({} … {})",
            strange.join(","),
            known.first().unwrap_or(&""),
            known.last().unwrap_or(&"")
        )));
    }
    let question = question(&case, &members, desk)?;
    let players: Vec<usize> = (0..members.len()).collect();
    let price = match arguments.shortfall {
        Some(price) if price.is_finite() && price > 0.0 => Shortfall::Stated(price),
        Some(price) => return Err(Failure::Usage(format!("--shortfall {price}: give a price above 0 CNY a year"))),
        None => Shortfall::default(),
    };
    let sharing = Sharing::of(&question.stacked.plain, &players, price, &stopped)?;
    let quality = &question.quality;
    let files = [
        tables_shares::coalitions_of(Some(&sharing), quality),
        tables_shares::cost_shares_of("shares.csv", Some(&sharing), quality),
        tables_shares::core_of(Some(&sharing), quality),
    ];
    let files: Vec<folder::File> = files.into_iter().map(table_file).collect::<Result<_, _>>()?;
    write(&arguments.out, &files)?;
    match desk.format {
        Format::Json => desk.document(&sharing),
        Format::Text => desk.say(&format!(
            "{}: {} coalitions; joint control saves {:.3} million CNY a year; core {} (least-core epsilon {:.3} million)",
            arguments.out.display(),
            sharing.game.grand(),
            sharing.game.saving() / MILLION,
            if sharing.shares.core.empty { "empty, proved" } else { "not empty" },
            sharing.shares.core.epsilon / MILLION
        )),
    }
    Ok(())
}
