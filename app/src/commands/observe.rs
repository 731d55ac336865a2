//! `observe`: what files of measurements and weather hold.

use crate::manners::{Desk, Format, Outcome};
use liankong_engine::observe::weather::{self, Derived};
use liankong_engine::region::Time;
use serde::Serialize;
use std::path::PathBuf;

/// What `observe` can do.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  liankong observe weather gdas1.oct95.w3 --format json")]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// What files of weather hold, and what will be worked out because they lack it
    Weather(WeatherArguments),
}

/// What `observe weather` is told.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  liankong observe weather gdas1.oct95.w3 --format json\n\n\
                        Files of one format on one grid: ARL packed; ERA5 as NetCDF (levels and surface together) or GRIB; GFS as\n\
                        GRIB; WRF output; a table of one station. Told by their content, not their names; chained by time.")]
struct WeatherArguments {
    /// Files of weather
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What the files hold.
#[derive(Serialize)]
struct Holds<'a> {
    format: &'a str,
    nx: usize,
    ny: usize,
    levels: usize,
    times: &'a [Time],
    missing: Vec<Time>,
    variables: &'a [String],
    derived: &'a [Derived],
    heights_m: &'a [f32],
    origin: &'a str,
}

/// Does what was asked.
pub fn observe(arguments: &Arguments, desk: &Desk) -> Outcome {
    match &arguments.what {
        What::Weather(arguments) => look(arguments, desk),
    }
}

fn look(arguments: &WeatherArguments, desk: &Desk) -> Outcome {
    let contents = weather::open(&arguments.files)?;
    // A first moment that cannot be brought to heights should be told here, not in the middle of a long run.
    contents.weather.frame(0)?;
    let w = &contents.weather;
    let holds = Holds {
        format: contents.format,
        nx: w.grid.nx,
        ny: w.grid.ny,
        levels: contents.levels,
        times: &w.times,
        missing: w.missing(),
        variables: &contents.variables,
        derived: &w.derived,
        heights_m: &w.heights_m,
        origin: &w.origin,
    };
    if desk.format == Format::Json {
        desk.document(&holds);
        return Ok(());
    }
    let (first, last) = (w.times[0], w.times[w.times.len() - 1]);
    let corner = w.grid.place(0.0, 0.0);
    let far = w.grid.place(w.grid.nx as f64 - 1.0, w.grid.ny as f64 - 1.0);
    let zh = format!(
        "{}\n网格 {} × {}，从 ({:.2}°E, {:.2}°N) 到 ({:.2}°E, {:.2}°N)；{} 层；{} 个时次，{first} 至 {last}\n变量：{}",
        w.origin,
        holds.nx,
        holds.ny,
        corner.lon,
        corner.lat,
        far.lon,
        far.lat,
        holds.levels,
        w.times.len(),
        holds.variables.join(" ")
    );
    let en = format!(
        "{}\n{} × {} points from {:.2}° E, {:.2}° N to {:.2}° E, {:.2}° N; {} levels; {} moments, {first} to {last}\nvariables: {}",
        w.origin,
        holds.nx,
        holds.ny,
        corner.lon,
        corner.lat,
        far.lon,
        far.lat,
        holds.levels,
        w.times.len(),
        holds.variables.join(" ")
    );
    desk.say(desk.language.pick(&zh, &en));
    for d in holds.derived {
        desk.say(&format!("{}: {}: {}", desk.language.pick("推算", "derived"), d.quantity, d.method));
    }
    for time in &holds.missing {
        desk.say(&format!("{}: {time}", desk.language.pick("缺时次", "missing")));
    }
    Ok(())
}
