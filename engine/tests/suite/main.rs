//! The engine from the outside: invariants, regressions, and validation against published data. One binary, so that the
//! engine is linked once.

#![allow(clippy::unwrap_used, clippy::panic)] // builders of test data stand outside the test functions

mod campaign;
mod cases;
mod extreme_cases;
mod factor_models;
mod footprints;
mod import_direction;
mod imports;
mod invalid_cases;
mod inversion;
mod mangled_case;
mod particles;
mod plan;
mod river_laws;
mod river_networks;
mod river_offices;
mod river_routing;
mod shared_data;
mod standards;
mod validation_aga_texas;
mod validation_annual;
mod validation_boulder_creek;
mod validation_campaign;
mod validation_captex;
mod validation_river;
mod validation_sparrow;
mod validation_winter;
mod weather_arl;
mod weather_formats;
mod whole_turn;
