//! `transport river`: who reaches whom down the rivers, `spill`, `capacity` and `risk`.

mod capacity;
mod given;
mod risk;
mod sections;
mod spill;

use crate::manners::{Desk, Outcome};

/// What `transport river` is told.
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Example:\n  liankong transport river --network network.csv --sources sources.csv --sections sections.csv --out out/river\n  \
                  liankong transport river spill --network network.csv --sources spill.csv --sections intakes.csv --out out/spill\n\n\
                  Network: reach_id,to_id,kind(reach|lake|gate|diversion),length_m,width_m,depth_m,slope,manning_n,flow_m3_s,velocity_m_s,\n\
                  volume_m3,share; a RouteLink of NHDPlus/t-route (CSV, NetCDF); a SPARROW table; lines as GeoJSON or GeoPackage.\n\
                  Sources: source_id,reach_id,distance_m,kind,member,species,start,end,load_kg_s,flow_m3_s.\n\
                  Sections: section_id,reach_id,distance_m,role(border|intake|control),member,start,end[,target_class,species,limit_mg_l].\n\
                  Flow: time,reach_id,flow_m3_s, or channel output of t-route (NetCDF). Times without offset are UTC.\n\
                  Without --chain every species is carried without loss."
)]
pub struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    sections: sections::Sections,
}

#[derive(clap::Subcommand)]
enum What {
    /// When a spill arrives at each intake, how high it peaks, how long it stays
    Spill(spill::Arguments),
    /// How much load the river can bear, and who may let go how much
    Capacity(capacity::Arguments),
    /// What lies upstream of each intake, by travel time
    Risk(risk::Arguments),
}

/// Does what was asked.
pub fn river(arguments: &Arguments, desk: &Desk) -> Outcome {
    match &arguments.what {
        Some(What::Spill(arguments)) => spill::spill(arguments, desk),
        Some(What::Capacity(arguments)) => capacity::capacity(arguments, desk),
        Some(What::Risk(arguments)) => risk::risk(arguments, desk),
        None => sections::sections(&arguments.sections, desk),
    }
}
