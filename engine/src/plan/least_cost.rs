//! The least-cost joint plan: one linear programme over both media.
//!
//! ```text
//! minimise  Σₘ cₘ xₘ                       cₘ = capex · i / (1 − (1 + i)^−n) + opex
//! so that   now(t) − Σₘ reach(t, m) xₘ ≤ limit(t)          every target t, of air and of water
//!           Σ xₘ ≤ 1                                       decisions of one source with one group
//!           Σ effect(m, s, p) xₘ ≤ emission(s, p)          what is not emitted cannot be taken away
//!           0 ≤ xₘ ≤ max_share(m)
//! ```
//! `x` share of each decision (a measure at a source), `c` CNY a year at share 1, `i` yearly interest rate, `n` life in
//! years, `reach` and `now` see [`super::reach`]. A decision that moves air and water stands in the rows of both.
//!
//! Tie-break: of all plans of least cost, the one with the least Σ wₘ xₘ, wₘ = 1 + frac((m + 1) φ), φ the golden ratio,
//! m the place of the decision by measure and source name. It is found by a second programme on the optimal face
//! (complementary slackness: columns with a reduced cost stay at their bound, rows with a price stay tight), not by a
//! perturbed cost, so the cost and the prices are those of the first programme to the last digit that it had. The φ
//! weights are all different and spread evenly, so that two plans can tie again only by an exact relation between φ and
//! the data. Neither the order of the tables nor the path of the solver decides.
//!
//! Assumes effects that add and costs in proportion to the share. Fails where measures at one source build on each other
//! (put them into one group), where reach depends on the level (ozone, ammonium nitrate), and where a cost has a step.

use super::abatement::{Abatement, Coupling, Decision, Goal, MILLION};
use super::nearest;
use super::programme::Programme;
use super::reach::{Standing, standings};
use super::solver::{Claim, minimise};
use super::{Application, Plan, Plans, TargetOutcome, caveats};
use crate::observe::Observed;
use crate::problem::{Error, Result};
use crate::region::Case;
use crate::region::source::Measure;
use crate::transport::Footprint;
use std::collections::BTreeMap;

/// A share below this is none.
const NO_SHARE: f64 = 1e-9;
/// A plan is proved when no row is broken, and no cheaper plan is possible, by more than this share.
const PROVED: f64 = 1e-6;

/// The joint plan, and each top-level member alone. `stop` is asked between programmes.
pub fn least_cost(
    case: &Case,
    observed: &Observed,
    footprints: &[&Footprint],
    stop: &dyn Fn() -> bool,
) -> Result<Plans> {
    let (standings, unknown) = standings(case, observed, footprints);
    let room = Room { case, stop, emitted: emitted(case) };
    let joint = room.plan("joint", |_| true, standings.iter().collect())?;
    let mut alone = Vec::new();
    for member in case.top_members() {
        let own = |m: &Measure| payer(case, m) == member.code;
        let targets = standings.iter().filter(|s| s.member == member.code).collect();
        alone.push(room.plan(&member.code, own, targets)?);
    }
    let caveats = caveats::of(case, footprints, &standings, &unknown, std::iter::once(&joint).chain(&alone));
    Ok(Plans { joint, alone, caveats })
}

/// The question of the joint plan without its region, in printed units. Who answers for a source or a receptor is its
/// nearest member among `members`, itself or above it; none where there is no such member.
pub fn abatement(case: &Case, observed: &Observed, footprints: &[&Footprint], members: &[String]) -> Abatement {
    let (standings, _) = standings(case, observed, footprints);
    let room = Room { case, stop: &|| false, emitted: emitted(case) };
    room.abatement(&standings, members)
}

/// What all programmes of one case share.
struct Room<'a> {
    case: &'a Case,
    stop: &'a dyn Fn() -> bool,
    emitted: BTreeMap<(usize, &'a str), f64>,
}

/// The decisions and targets of one plan.
pub(super) struct Scope<'a> {
    /// Positions in [`Case::measures`], by measure, then source, so that the order of the tables does not matter.
    pub columns: Vec<usize>,
    /// What must hold.
    pub targets: Vec<&'a Standing<'a>>,
    /// Rows that tie decisions together: what their sum may not exceed, and the terms (column, coefficient).
    pub couplings: Vec<(f64, Vec<(usize, f64)>)>,
    /// Million CNY a year at share 1.
    pub cost: Vec<f64>,
    /// Greatest shares.
    pub upper: Vec<f64>,
    pub(super) stop: &'a dyn Fn() -> bool,
}

impl Scope<'_> {
    /// What one unit of each share takes off a target's mean, in the pollutant's printed unit.
    pub fn reach<'b>(&'b self, standing: &'b Standing<'_>) -> impl Iterator<Item = (usize, f64)> + 'b {
        let printed = |si| standing.target.pollutant.printed(si);
        self.columns.iter().enumerate().map(move |(j, m)| (j, printed(standing.reach.get(*m).copied().unwrap_or(0.0))))
    }

    /// The programme without targets.
    pub fn without_targets(&self, cost: Vec<f64>) -> Programme {
        let mut programme = Programme::new(cost, self.upper.clone());
        self.couplings.iter().for_each(|(most, terms)| programme.at_most(*most, terms.iter().copied()));
        programme
    }

    /// The programme: one row for each target in turn, then the couplings. `relaxed` is by how much each target may be
    /// missed, as a share of its yardstick.
    pub fn programme(&self, relaxed: &[f64]) -> Programme {
        let mut programme = Programme::new(self.cost.clone(), self.upper.clone());
        for (standing, relaxed) in self.targets.iter().zip(relaxed) {
            let limit = standing.target.limit + relaxed * standing.yardstick();
            let room = standing.target.pollutant.printed(limit - standing.now);
            programme.at_most(room, self.reach(standing).map(|(j, reach)| (j, -reach)));
        }
        self.couplings.iter().for_each(|(most, terms)| programme.at_most(*most, terms.iter().copied()));
        programme
    }

    /// The mean at a target under a plan, SI.
    pub fn value(&self, standing: &Standing<'_>, x: &[f64]) -> f64 {
        let taken: f64 = self.columns.iter().zip(x).map(|(m, x)| standing.reach.get(*m).unwrap_or(&0.0) * x).sum();
        standing.now - taken
    }

    /// Minimises, unless the user has asked to stop.
    pub fn minimise(&self, programme: &Programme) -> Result<Claim> {
        if (self.stop)() {
            return Err(Error::Stage("the plan was stopped before it was solved; run it again to have one".into()));
        }
        minimise(programme)
    }
}

/// The answer of one scope; shares in the order of its columns, prices and floors in that of its targets.
#[derive(Default)]
struct Solved {
    status: &'static str,
    x: Vec<f64>,
    /// CNY a year per SI unit of limit.
    prices: Vec<f64>,
    /// CNY a year.
    bound: f64,
    /// SI.
    floors: Vec<f64>,
}

fn gap(cost: f64, bound: f64) -> f64 {
    if cost > 0.0 { (cost - bound) / cost } else { 0.0 }
}

impl<'a> Room<'a> {
    fn scope<'b>(&'b self, own: impl Fn(&Measure) -> bool, targets: Vec<&'b Standing<'b>>) -> Scope<'b> {
        let case = self.case;
        let name = |m: usize| {
            case.measures.get(m).map(|m| (m.id.as_str(), case.sources.get(m.source).map_or("", |s| s.id.as_str())))
        };
        let mut columns: Vec<usize> = (0..case.measures.len())
            .filter(|m| case.measures.get(*m).is_some_and(|m| m.max_share > 0.0 && own(m)))
            .collect();
        columns.sort_by(|a, b| name(*a).cmp(&name(*b)));
        let measures: Vec<&Measure> = columns.iter().filter_map(|m| case.measures.get(*m)).collect();
        let rate = case.settings.plan.interest_rate;
        let cost = measures.iter().map(|m| yearly_cost(m, rate) / MILLION).collect();
        let upper: Vec<f64> = measures.iter().map(|m| m.max_share).collect();
        let couplings = self.couplings(&measures, &upper);
        Scope { columns, targets, couplings, cost, upper, stop: self.stop }
    }

    fn abatement(&self, standings: &[Standing<'_>], members: &[String]) -> Abatement {
        let case = self.case;
        let scope = self.scope(|_| true, standings.iter().collect());
        let place = |code: &str| {
            let mut at = Some(code);
            while let Some(code) = at {
                if let Some(found) = members.iter().position(|m| m == code) {
                    return Some(found);
                }
                at = case.member(code).and_then(|m| m.parent.as_deref());
            }
            None
        };
        let decisions =
            scope.columns.iter().zip(scope.cost.iter().zip(&scope.upper)).filter_map(|(m, (cost, upper))| {
                let measure = case.measures.get(*m)?;
                Some(Decision {
                    measure: measure.id.clone(),
                    source: case.sources.get(measure.source).map_or_else(String::new, |s| s.id.clone()),
                    member: case.sources.get(measure.source).and_then(|s| place(s.member.as_deref()?)),
                    cost: cost * MILLION,
                    floor: 0.0,
                    upper: *upper,
                })
            });
        let goals = scope.targets.iter().map(|s| {
            let printed = |si| s.target.pollutant.printed(si);
            Goal {
                id: s.target.id.clone(),
                member: place(&s.city),
                now: printed(s.now),
                limit: printed(s.target.limit),
                yardstick: printed(s.yardstick()),
                effects: scope.reach(s).filter(|(_, e)| *e != 0.0).collect(),
            }
        });
        let couplings = scope.couplings.iter().map(|(most, terms)| Coupling { most: *most, terms: terms.clone() });
        let (decisions, goals, couplings) = (decisions.collect(), goals.collect(), couplings.collect());
        Abatement { members: members.to_vec(), decisions, goals, couplings }
    }

    /// Groups and emissions. A row that the greatest shares cannot break is left out.
    fn couplings(&self, measures: &[&Measure], upper: &[f64]) -> Vec<(f64, Vec<(usize, f64)>)> {
        let mut groups: BTreeMap<(usize, &str), Vec<(usize, f64)>> = BTreeMap::new();
        let mut removals: BTreeMap<(usize, &str), Vec<(usize, f64)>> = BTreeMap::new();
        for (j, measure) in measures.iter().enumerate() {
            if !measure.group.is_empty() {
                groups.entry((measure.source, &measure.group)).or_default().push((j, 1.0));
            }
            for effect in measure.effects.iter().filter(|e| !self.makes_capacity(e.source)) {
                removals.entry((effect.source, &effect.species)).or_default().push((j, effect.rate_kg_s));
            }
        }
        let emitted = |key: &(usize, &str)| self.emitted.get(key).copied().unwrap_or(0.0);
        // In shares of the emission, so that a row of grams and a row of tonnes look alike.
        let removals = removals.iter().map(|(key, terms)| {
            let emission = emitted(key);
            let unit = if emission > 0.0 { emission } else { 1.0 };
            (emission / unit, terms.iter().map(|(j, rate)| (*j, rate / unit)).collect::<Vec<_>>())
        });
        let breakable = |most: f64, terms: &[(usize, f64)]| {
            terms.iter().map(|(j, a)| a * upper[*j]).sum::<f64>() > most * (1.0 + 1e-12)
        };
        groups.into_values().map(|terms| (1.0, terms)).chain(removals).filter(|(m, t)| breakable(*m, t)).collect()
    }

    /// A source that stands for capacity (a plant to be built, an ecological flow) may take away more than it emits.
    fn makes_capacity(&self, source: usize) -> bool {
        self.case.sources.get(source).is_some_and(|s| s.sector == "capacity" || s.structure == "capacity")
    }

    fn plan(&self, who: &str, own: impl Fn(&Measure) -> bool, targets: Vec<&Standing<'_>>) -> Result<Plan> {
        let scope = self.scope(own, targets);
        if scope.targets.is_empty() {
            return Ok(self.report(&scope, who, &Solved { status: "no targets", ..Solved::default() }));
        }
        let mut misses = vec![0.0; scope.targets.len()];
        let mut programme = scope.programme(&misses);
        let mut claim = scope.minimise(&programme)?;
        let mut status = "optimal";
        if claim == Claim::Infeasible {
            let nearest = nearest::plan(&scope)?;
            (misses, programme, claim) = (nearest.misses, nearest.programme, nearest.claim);
            let missed = misses.iter().any(|v| *v > 0.0);
            status = if !missed {
                "optimal"
            } else if nearest.proved {
                "infeasible"
            } else {
                "unproved"
            };
        }
        let Claim::Optimal { x, y } = claim else {
            return Err(Error::Stage(
                "no plan was found even where every target may be missed; check measures.csv".into(),
            ));
        };
        let x = settle(&scope, &programme, &x, &y)?;
        let bound = programme.lower_bound(&y);
        let floors = nearest::floors(&scope)?;
        // A target that stays missed has no price: a little more limit saves nothing while the plan does all it can.
        let prices: Vec<f64> = programme
            .proper_prices(&y)
            .iter()
            .zip(&scope.targets)
            .zip(&misses)
            .map(
                |((y, s), miss)| {
                    if *miss > 0.0 { 0.0 } else { (-y * MILLION * s.target.pollutant.printed(1.0)).max(0.0) }
                },
            )
            .collect();
        let mut solved = Solved { status, x, prices, bound: bound * MILLION, floors };
        let cost = programme.objective(&solved.x) * MILLION;
        if programme.greatest_breach(&solved.x) > PROVED || gap(cost, solved.bound).abs() > PROVED {
            solved.status = "unproved";
        }
        Ok(self.report(&scope, who, &solved))
    }

    fn report(&self, scope: &Scope<'_>, who: &str, solved: &Solved) -> Plan {
        let Solved { status, x, prices, bound, floors } = solved;
        let (status, bound) = (*status, *bound);
        let case = self.case;
        let targets: Vec<TargetOutcome> = scope
            .targets
            .iter()
            .zip(prices)
            .zip(floors)
            .map(|((s, dual), floor)| TargetOutcome {
                id: s.target.id.clone(),
                receptor: s.target.receptor.clone(),
                medium: s.target.medium,
                pollutant: s.target.pollutant,
                limit: s.target.limit,
                now: s.now,
                now_basis: s.now_basis,
                closure: s.closure,
                value: scope.value(s, x),
                dual: *dual,
                floor: *floor,
            })
            .collect();
        let misses = scope.targets.iter().zip(&targets).map(|(s, t)| s.violation(t.value));
        let max_violation = misses.fold(0.0, f64::max);
        let applied = scope.columns.iter().zip(x).zip(&scope.cost).filter(|((_, x), _)| **x > NO_SHARE);
        let applications: Vec<Application> = applied
            .filter_map(|((m, x), cost)| Some(application(case, case.measures.get(*m)?, *x, cost * MILLION * x)))
            .collect();
        let cost: f64 = applications.iter().map(|a| a.cost_cny_per_year).sum();
        let gap = gap(cost, bound);
        let paid =
            |code: &str| applications.iter().filter(|a| a.member == code).map(|a| a.cost_cny_per_year).sum::<f64>();
        let mut cost_by_member: Vec<(String, f64)> =
            case.top_members().map(|m| (m.code.clone(), paid(&m.code))).collect();
        if paid(OUTSIDE) > 0.0 {
            cost_by_member.push((OUTSIDE.into(), paid(OUTSIDE)));
        }
        Plan { who: who.into(), status, cost, bound, gap, targets, max_violation, applications, cost_by_member }
    }
}

/// Who pays for a measure at a source that has no member.
const OUTSIDE: &str = "outside";

fn payer<'a>(case: &'a Case, measure: &Measure) -> &'a str {
    let member = case.sources.get(measure.source).and_then(|s| s.member.as_deref());
    member.map_or(OUTSIDE, |code| case.top(code))
}

fn application(case: &Case, measure: &Measure, share: f64, cost_cny_per_year: f64) -> Application {
    let source = case.sources.get(measure.source);
    let mut removed: BTreeMap<&str, f64> = BTreeMap::new();
    for effect in &measure.effects {
        *removed.entry(&effect.species).or_default() += effect.rate_kg_s * share;
    }
    Application {
        measure: measure.id.clone(),
        source: source.map_or_else(String::new, |s| s.id.clone()),
        member: payer(case, measure).to_string(),
        city: source.and_then(|s| s.member.clone()).unwrap_or_else(|| OUTSIDE.into()),
        structure: measure.structure.clone(),
        sector: measure.sector.clone(),
        share,
        cost_cny_per_year,
        removed: removed.into_iter().map(|(species, rate)| (species.to_string(), rate)).collect(),
        mark: measure.mark.clone(),
    }
}

/// CNY a year at share 1: the investment spread over its life, and the running cost.
pub fn yearly_cost(measure: &Measure, interest_rate: f64) -> f64 {
    measure.capex_cny * capital_recovery(interest_rate, measure.life_years) + measure.opex_cny_per_year
}

/// i / (1 − (1 + i)^−n); 1/n without interest.
pub fn capital_recovery(i: f64, n: f64) -> f64 {
    if i > 0.0 { i / -(-n * i.ln_1p()).exp_m1() } else { 1.0 / n }
}

/// Mean emission of each source and species over its medium's period, kg s⁻¹.
pub(super) fn emitted(case: &Case) -> BTreeMap<(usize, &str), f64> {
    let mut emitted = BTreeMap::new();
    for e in &case.emissions {
        let medium = case.sources.get(e.source).map(|s| s.medium);
        let whole = match medium {
            Some(crate::region::Medium::Air) => case.settings.air_period,
            _ => case.settings.water_period,
        };
        let share = match (e.period, whole) {
            (Some(during), Some(whole)) if whole.seconds() > 0 => {
                during.overlap_s(whole) as f64 / whole.seconds() as f64
            }
            _ => 1.0,
        };
        *emitted.entry((e.source, e.species.as_str())).or_default() += e.rate_kg_s * share;
    }
    emitted
}

/// Of all answers as cheap as `x`, the one that the tie-break names; shares within rounding of a bound are put on it.
fn settle(scope: &Scope<'_>, programme: &Programme, x: &[f64], y: &[f64]) -> Result<Vec<f64>> {
    const PHI: f64 = 0.618_033_988_749_894_9;
    let first = snapped(programme, x);
    let y = programme.proper_prices(y);
    let reduced = programme.reduced_costs(&y);
    let mut face = programme.clone();
    face.cost = (0..x.len()).map(|j| 1.0 + ((j + 1) as f64 * PHI).fract()).collect();
    for (j, (d, size)) in reduced.iter().enumerate() {
        if d.abs() > 1e-7 * size {
            let bound = if *d > 0.0 { programme.lower[j] } else { programme.upper[j] };
            (face.lower[j], face.upper[j]) = (bound, bound);
        }
    }
    for (i, price) in y.iter().enumerate() {
        let matters = programme.row(i).any(|(j, a)| (a * price).abs() > 1e-7 * reduced[j].1);
        if matters && *price < 0.0 {
            face.row_lower[i] = face.row_upper[i];
        }
    }
    let Claim::Optimal { x: second, .. } = scope.minimise(&face)? else { return Ok(first) };
    let second = snapped(programme, &second);
    let (cost, cheapest) = (programme.objective(&second), programme.objective(&first));
    let as_cheap = cost <= cheapest + 1e-9 * cheapest.abs();
    let holds = programme.greatest_breach(&second) <= programme.greatest_breach(&first).max(1e-8);
    Ok(if as_cheap && holds { second } else { first })
}

fn snapped(programme: &Programme, x: &[f64]) -> Vec<f64> {
    let bounds = programme.lower.iter().zip(&programme.upper);
    x.iter()
        .zip(bounds)
        .map(|(x, (l, u))| {
            if x - l < NO_SHARE {
                *l
            } else if u - x < NO_SHARE {
                *u
            } else {
                *x
            }
        })
        .collect()
}
