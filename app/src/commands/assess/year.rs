//! `assess year`: years of cities by HJ 663, with their members and the region, ranking, and year on year.

use super::air::{self, Clock};
use super::sites::{self, Sites};
use super::year_lines::{self, ITEM_COLUMNS, ItemLine, PLACE_COLUMNS, PlaceLine};
use super::{table, write};
use crate::manners::{Desk, Failure, Format, Outcome};
use liankong_engine::assess::air::aggregate;
use liankong_engine::assess::air::annual::{self, Choice, CityYear, MeanDays};
use liankong_engine::assess::air::{exceedance, limits};
use liankong_engine::assess::rules;
use liankong_engine::problem::Problems;
use liankong_engine::region::Pollutant;
use liankong_engine::region::calendar::Period;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What `assess year` is told.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  liankong assess year --in hours.csv --sites sites.csv --out items.csv --ranking ranking.csv\n  \
                        liankong assess year --in days.csv --exceedances \"WHO AQG 2021,EU 2024/2881\"\n\n\
                        Sites: station,city[,member]; codes. Dust: city,day. Without --sites every station is its own city."
)]
pub struct YearArguments {
    /// Table of hours or days, as for `assess air`
    #[arg(long = "in", value_name = "FILE")]
    input: PathBuf,
    /// Register of stations by code: station,city and, where there are members, member
    #[arg(long, value_name = "FILE")]
    sites: Option<PathBuf>,
    /// Limits of the items [default: the edition of GB 3095 in force when the year begins]
    #[arg(long, value_name = "ID")]
    rules: Option<String>,
    /// Days of sand and dust: city,day; left out of PM10 and PM2.5 in the second ranking
    #[arg(long, value_name = "FILE")]
    dust: Option<PathBuf>,
    /// Days of exceptional events: city,day,pollutant (empty = every one); left out of items, index and exceedances (unverified)
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Also the mean of each item over so many years in a row, e.g. 3 (unverified)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=30))]
    years_in_a_row: Option<u8>,
    /// Bring gases before 2018-09-01 from 273 K to the reference state of 298.15 K
    #[arg(long)]
    state_298: bool,
    /// Weights of the comprehensive index, e.g. PM2.5=3,O3=2 [default: 1 each]
    #[arg(long, value_name = "ITEM=W,…", value_delimiter = ',', value_parser = weight)]
    weights: Vec<(Pollutant, f64)>,
    /// Count the days and hours above the levels of these rules, and hold years and seasons against them
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    exceedances: Vec<String>,
    /// File for the items of each year [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// File for index, places, good and heavy days
    #[arg(long, value_name = "FILE")]
    ranking: Option<PathBuf>,
    /// File for the months of each city
    #[arg(long, value_name = "FILE")]
    months: Option<PathBuf>,
    /// File for the days of each city
    #[arg(long, value_name = "FILE")]
    days: Option<PathBuf>,
    #[command(flatten)]
    clock: Clock,
}

/// What was not read in its source and says so.
const UNVERIFIED: (&str, &str) = (
    "未核实：HJ 663-2026 的例外事件与多年评价条文未见原文，按给定的日期与年数计算",
    "unverified: the clauses of HJ 663-2026 on exceptional events and several years were not read; the days and years are as given",
);

fn weight(text: &str) -> Result<(Pollutant, f64), String> {
    let (name, w) = text.split_once('=').ok_or("write it as PM2.5=3")?;
    let item = Pollutant::parse(name).ok_or("is not a pollutant of the air")?;
    let weight = w.parse::<f64>().ok().filter(|w| w.is_finite() && *w >= 0.0);
    Ok((item, weight.ok_or("the weight must be a number from 0 up")?))
}

#[derive(Serialize)]
struct Document<'a> {
    file: &'a str,
    cities: usize,
    items: &'a [ItemLine],
    ranking: &'a [PlaceLine],
}

/// The identifier of a rule of limits.
fn limits_of(text: &str) -> Result<String, Failure> {
    let found = rules::named(text).into_iter().map(|r| r.id).find(|id| !limits::level_names(id).is_empty());
    let usable = [limits::GB_2012, limits::GB_2026, limits::WHO, limits::EU].join(", ");
    found
        .map(String::from)
        .ok_or_else(|| Failure::Usage(format!("{text} is not a rule of limits; use one of {usable}")))
}

fn choice(arguments: &YearArguments, problems: &mut Problems) -> Result<Choice, Failure> {
    let given = arguments.rules.as_deref().map(limits_of).transpose()?;
    if let Some(rule) = given.as_deref().filter(|r| !r.starts_with("GB")) {
        return Err(Failure::Usage(format!(
            "{rule} has no class 2, which the items of HJ 663 are held against; give it to --exceedances"
        )));
    }
    Ok(Choice {
        limits: given,
        weights: arguments.weights.iter().copied().collect(),
        dust: match &arguments.dust {
            Some(path) => sites::days(path, arguments.clock.zone, problems)?,
            None => BTreeMap::new(),
        },
        events: match &arguments.events {
            Some(path) => sites::events(path, arguments.clock.zone, problems)?,
            None => BTreeMap::new(),
        },
        state_298: arguments.state_298,
        exceedances: arguments.exceedances.iter().map(|r| limits_of(r)).collect::<Result<_, _>>()?,
    })
}

/// Does what was asked.
pub fn year(arguments: &YearArguments, desk: &Desk) -> Outcome {
    let zone = arguments.clock.zone;
    let mut problems = Problems::default();
    let choice = choice(arguments, &mut problems)?;
    let (city_of, member_of) = match &arguments.sites {
        Some(path) => sites::sites(path, &mut problems)?,
        None => Sites::default(),
    };
    if !problems.is_empty() {
        return Err(Failure::Input(problems.into_sorted()));
    }
    let (grid, readings) = air::read(&arguments.input, &arguments.clock)?;
    let of_table = air::readings(&readings);
    let stamp = arguments.clock.stamp.into();
    let stations = annual::station_days(&of_table, stamp, zone);
    let register: BTreeMap<&str, &str> = city_of.iter().map(|(s, c)| (s.as_str(), c.as_str())).collect();
    let outside = stations.keys().filter(|s| !register.is_empty() && !register.contains_key(*s)).count();
    let cities = annual::city_days(&stations, &register);
    let parent: BTreeMap<&str, &str> = member_of.iter().map(|(c, m)| (c.as_str(), m.as_str())).collect();
    let hours = exceedance::of_hours(&of_table, &register, &choice.exceedances, stamp, zone);
    let mut years: Vec<CityYear> =
        cities.iter().flat_map(|(code, days)| annual::years(code, days, &choice, zone)).collect();
    for y in &mut years {
        y.exceedances.extend(hours.get(&(y.code.clone(), y.year)).into_iter().flatten().cloned());
    }
    let behind = |code: &str, year: Period| -> BTreeSet<String> {
        let own = |station: &&str| register.is_empty() && **station == *code || register.get(*station) == Some(&code);
        let measured =
            |days: &MeanDays| days.values().flatten().any(|m| m.value.is_some() && year.contains(m.period.start));
        stations.iter().filter(|(s, days)| own(s) && measured(days)).map(|(s, _)| s.to_string()).collect()
    };
    let mut items =
        year_lines::items(&years, &parent, &behind, &year_lines::Asked { desk, zone, state_298: choice.state_298 });
    if let Some(count) = arguments.years_in_a_row {
        items.extend(year_lines::rolling(&annual::rolling(&years, count.into()), count, zone));
    }
    if arguments.events.is_some() || arguments.years_in_a_row.is_some() {
        desk.note(desk.language.pick(UNVERIFIED.0, UNVERIFIED.1));
    }
    let places = year_lines::places(&years, &parent, zone);
    let text = table(&ITEM_COLUMNS, items.iter().map(ItemLine::cells))?;
    if let Some(path) = &arguments.out {
        write(path, &text)?;
    }
    if let Some(path) = &arguments.ranking {
        write(path, &table(&PLACE_COLUMNS, places.iter().map(PlaceLine::cells))?)?;
    }
    if let Some(path) = &arguments.months {
        let months = |list: &[aggregate::Mean]| aggregate::months(list, zone);
        write(path, &year_lines::means(&cities, "month", 7, months, zone)?)?;
    }
    if let Some(path) = &arguments.days {
        write(path, &year_lines::means(&cities, "day", 10, <[aggregate::Mean]>::to_vec, zone)?)?;
    }
    let (file, n, total, made) = (&grid.file, cities.len(), stations.len(), years.len());
    let zh = format!("{file}：{total} 个站点，{n} 个城市，{made} 个城市年；{outside} 个站点不在登记表中，未计入");
    let en = format!(
        "{file}: {total} stations, {n} cities, {made} city-years; {outside} stations are not in the register and stay out"
    );
    desk.note(desk.language.pick(&zh, &en));
    grid.tell(desk);
    match desk.format {
        Format::Json => desk.document(&Document { file, cities: n, items: &items, ranking: &places }),
        Format::Text if arguments.out.is_none() => desk.say(text.trim_end()),
        Format::Text => {}
    }
    Ok(())
}
