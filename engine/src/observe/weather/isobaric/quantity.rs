//! The quantities that transport needs, and how the files of each house name and pack them.

/// A quantity, in the unit that [`super::super::native::Native`] has it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// Temperature, K.
    Temperature,
    /// Wind along the first axis, or eastward, m s⁻¹.
    U,
    /// Wind along the second axis, or northward, m s⁻¹.
    V,
    /// dp/dt, Pa s⁻¹.
    Omega,
    /// Specific humidity, kg kg⁻¹.
    Humidity,
    /// Relative humidity, 0 to 1.
    RelativeHumidity,
    /// Height above the sea, m.
    Height,
    /// Pressure at the ground, Pa.
    SurfacePressure,
    /// Height of the ground above the sea, m.
    Terrain,
    /// Temperature at 2 m, K.
    Temperature2m,
    /// Wind at 10 m, m s⁻¹.
    U10m,
    /// Wind at 10 m, m s⁻¹.
    V10m,
    /// u*, m s⁻¹.
    FrictionVelocity,
    /// Stress, N m⁻².
    StressX,
    /// Stress, N m⁻².
    StressY,
    /// Sensible heat flux, upward positive, W m⁻².
    HeatFlux,
    /// Depth of the boundary layer, m.
    MixingHeight,
    /// Roughness length, m.
    Roughness,
    /// Precipitation, kg m⁻² s⁻¹.
    Precipitation,
}

use Quantity::*;

impl Quantity {
    /// Whether it is of levels, not of the ground.
    pub fn aloft(self) -> bool {
        matches!(self, Temperature | U | V | Omega | Humidity | RelativeHumidity | Height)
    }
}

/// How the values of a file are to be taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Packing {
    /// The quantity.
    pub quantity: Quantity,
    /// What one of the file's units is in ours.
    pub factor: f64,
    /// Whether the values pile up over a time: divided by it they are a rate.
    pub piled: bool,
}

/// Standard gravity, by which geopotential is divided (ECMWF, IFS documentation).
const GRAVITY: f64 = 9.806_65;

/// A quantity by the name of a NetCDF variable (ERA5's, old and new; MARS's; ecCodes'; CMIP's) or else by its CF standard name, and
/// by its unit.
pub fn of_netcdf(name: &str, standard_name: &str, unit: &str, aloft: bool) -> Result<Option<Packing>, String> {
    let unit = unit.replace("**", "").replace(['^', ' '], "").to_ascii_lowercase();
    let known = match (name.to_ascii_lowercase().as_str(), aloft) {
        ("t" | "ta" | "temp" | "temperature", true) => Some(Temperature),
        ("u" | "ua", true) => Some(U),
        ("v" | "va", true) => Some(V),
        ("w" | "wap" | "omega", true) => Some(Omega),
        ("q" | "hus", true) => Some(Humidity),
        ("r" | "rh" | "hur", true) => Some(RelativeHumidity),
        ("z" | "zg" | "gh" | "hgt", true) => Some(Height),
        ("sp" | "ps", false) => Some(SurfacePressure),
        ("z" | "orog", false) => Some(Terrain),
        ("t2m" | "2t" | "tas", false) => Some(Temperature2m),
        ("u10" | "10u" | "uas", false) => Some(U10m),
        ("v10" | "10v" | "vas", false) => Some(V10m),
        ("zust", false) => Some(FrictionVelocity),
        ("iews" | "ewss" | "metss" | "avg_iews", false) => Some(StressX),
        ("inss" | "nsss" | "mntss" | "avg_inss", false) => Some(StressY),
        ("ishf" | "sshf" | "msshf" | "avg_ishf" | "hfss", false) => Some(HeatFlux),
        ("blh", false) => Some(MixingHeight),
        ("fsr" | "sr", false) => Some(Roughness),
        ("tp" | "mtpr" | "avg_tprate" | "pr", false) => Some(Precipitation),
        _ => None,
    };
    let standard = || match (standard_name, aloft) {
        ("air_temperature", true) => Some(Temperature),
        ("eastward_wind" | "x_wind", true) => Some(U),
        ("northward_wind" | "y_wind", true) => Some(V),
        ("lagrangian_tendency_of_air_pressure", true) => Some(Omega),
        ("specific_humidity", true) => Some(Humidity),
        ("relative_humidity", true) => Some(RelativeHumidity),
        ("geopotential" | "geopotential_height", true) => Some(Height),
        ("surface_air_pressure", false) => Some(SurfacePressure),
        ("surface_altitude" | "surface_geopotential", false) => Some(Terrain),
        ("atmosphere_boundary_layer_thickness", false) => Some(MixingHeight),
        ("surface_roughness_length", false) => Some(Roughness),
        ("precipitation_flux", false) => Some(Precipitation),
        _ => None,
    };
    let Some(quantity) = known.or_else(standard) else { return Ok(None) };
    // ECMWF counts fluxes downward, whatever the standard name of its files says.
    let sign = if quantity == HeatFlux && !name.eq_ignore_ascii_case("hfss") { -1.0 } else { 1.0 };
    let plain = |factor| (factor, false);
    let (factor, piled) = match (quantity, unit.as_str()) {
        (Temperature | Temperature2m, "k" | "kelvin") => plain(1.0),
        (U | V | U10m | V10m | FrictionVelocity, "ms-1" | "m/s") => plain(1.0),
        (Omega, "pas-1" | "pa/s") => plain(1.0),
        (Humidity, "kgkg-1" | "kg/kg" | "1" | "") => plain(1.0),
        (Humidity, "gkg-1" | "g/kg") => plain(1e-3),
        (RelativeHumidity, "%") => plain(0.01),
        (RelativeHumidity, "1" | "") => plain(1.0),
        (Height | Terrain, "m2s-2" | "m2/s2" | "jkg-1") => plain(1.0 / GRAVITY),
        (Height | Terrain, "m" | "gpm") => plain(1.0),
        (SurfacePressure, "pa") => plain(1.0),
        (SurfacePressure, "hpa" | "mb" | "millibars") => plain(100.0),
        (StressX | StressY, "nm-2" | "pa") => plain(1.0),
        (StressX | StressY, "nm-2s") => (1.0, true),
        (HeatFlux, "wm-2" | "w/m2") => plain(sign),
        (HeatFlux, "jm-2" | "j/m2") => (sign, true),
        (MixingHeight | Roughness, "m") => plain(1.0),
        (Precipitation, "m") => (1000.0, true),
        (Precipitation, "mm" | "kgm-2") => (1.0, true),
        (Precipitation, "kgm-2s-1" | "mms-1") => plain(1.0),
        (_, unit) => return Err(format!("has the unit \"{unit}\", in which {quantity:?} is not known")),
    };
    Ok(Some(Packing { quantity, factor, piled }))
}

/// ECMWF's centre.
pub const ECMWF: u16 = 98;
/// NCEP's centre.
const NCEP: u16 = 7;

/// A quantity by the numbers of GRIB edition 1: centre, table, parameter, kind of level and its value.
pub fn of_grib1(centre: u16, table: u8, number: u8, level: (u8, u16)) -> Option<Packing> {
    let aloft = level.0 == 100;
    let ground = level.0 == 1;
    let above = |m: u16| level == (105, m);
    let packing = |quantity, factor| Some(Packing { quantity, factor, piled: false });
    let piled = |quantity, factor| Some(Packing { quantity, factor, piled: true });
    match (centre, table, number) {
        (ECMWF, 128, 130) if aloft => packing(Temperature, 1.0),
        (ECMWF, 128, 131) if aloft => packing(U, 1.0),
        (ECMWF, 128, 132) if aloft => packing(V, 1.0),
        (ECMWF, 128, 133) if aloft => packing(Humidity, 1.0),
        (ECMWF, 128, 135) if aloft => packing(Omega, 1.0),
        (ECMWF, 128, 157) if aloft => packing(RelativeHumidity, 0.01),
        (ECMWF, 128, 129) if aloft => packing(Height, 1.0 / GRAVITY),
        (ECMWF, 128, 129) if ground => packing(Terrain, 1.0 / GRAVITY),
        // ECMWF writes what is at 2 and 10 m as at the ground.
        (ECMWF, 128, 134) if ground => packing(SurfacePressure, 1.0),
        (ECMWF, 128, 167) if !aloft => packing(Temperature2m, 1.0),
        (ECMWF, 128, 165) if !aloft => packing(U10m, 1.0),
        (ECMWF, 128, 166) if !aloft => packing(V10m, 1.0),
        (ECMWF, 128, 159) if !aloft => packing(MixingHeight, 1.0),
        (ECMWF, 128, 244 | 173) if !aloft => packing(Roughness, 1.0),
        (ECMWF, 128, 146) if !aloft => piled(HeatFlux, -1.0),
        (ECMWF, 128, 231) if !aloft => packing(HeatFlux, -1.0),
        (ECMWF, 235, 33) if !aloft => packing(HeatFlux, -1.0),
        (ECMWF, 128, 180) if !aloft => piled(StressX, 1.0),
        (ECMWF, 128, 181) if !aloft => piled(StressY, 1.0),
        (ECMWF, 128, 229) if !aloft => packing(StressX, 1.0),
        (ECMWF, 128, 230) if !aloft => packing(StressY, 1.0),
        (ECMWF, 235, 41) if !aloft => packing(StressX, 1.0),
        (ECMWF, 235, 42) if !aloft => packing(StressY, 1.0),
        (ECMWF, 128, 228) if !aloft => piled(Precipitation, 1000.0),
        (ECMWF, 235, 55) if !aloft => packing(Precipitation, 1.0),
        (ECMWF, 228, 3) if !aloft => packing(FrictionVelocity, 1.0),
        // WMO's own table, which NCEP and others use below 128; above it NCEP's.
        (_, 1..=3, 11) if aloft => packing(Temperature, 1.0),
        (_, 1..=3, 33) if aloft => packing(U, 1.0),
        (_, 1..=3, 34) if aloft => packing(V, 1.0),
        (_, 1..=3, 39) if aloft => packing(Omega, 1.0),
        (_, 1..=3, 51) if aloft => packing(Humidity, 1.0),
        (_, 1..=3, 52) if aloft => packing(RelativeHumidity, 0.01),
        (_, 1..=3, 7) if aloft => packing(Height, 1.0),
        (_, 1..=3, 6) if aloft => packing(Height, 1.0 / GRAVITY),
        (_, 1..=3, 7) if ground => packing(Terrain, 1.0),
        (_, 1..=3, 1) if ground => packing(SurfacePressure, 1.0),
        (_, 1..=3, 11) if above(2) => packing(Temperature2m, 1.0),
        (_, 1..=3, 33) if above(10) => packing(U10m, 1.0),
        (_, 1..=3, 34) if above(10) => packing(V10m, 1.0),
        (_, 1..=3, 122) if ground => packing(HeatFlux, 1.0),
        (_, 1..=3, 83) if ground => packing(Roughness, 1.0),
        (_, 1..=3, 59) if ground => packing(Precipitation, 1.0),
        (_, 1..=3, 61) if ground => piled(Precipitation, 1.0),
        (_, 1..=3, 124) if ground => packing(StressX, 1.0),
        (_, 1..=3, 125) if ground => packing(StressY, 1.0),
        (NCEP, 1..=3, 221) if ground => packing(MixingHeight, 1.0),
        (NCEP, 1..=3, 253) if ground => packing(FrictionVelocity, 1.0),
        _ => None,
    }
}

/// A quantity by the numbers of GRIB edition 2: centre, discipline, category, parameter, kind of level and its value, and whether the
/// values are a sum over a time.
pub fn of_grib2(centre: u16, code: (u8, u8, u8), level: (u8, f64), sum: bool) -> Option<Packing> {
    let aloft = level.0 == 100;
    let ground = level.0 == 1;
    let above = |m: f64| level == (103, m);
    let ecmwf = centre == ECMWF;
    let downward = if ecmwf { -1.0 } else { 1.0 };
    let (quantity, factor) = match code {
        (0, 0, 0) if aloft => (Temperature, 1.0),
        (0, 2, 2) if aloft => (U, 1.0),
        (0, 2, 3) if aloft => (V, 1.0),
        (0, 2, 8) if aloft => (Omega, 1.0),
        (0, 1, 0) if aloft => (Humidity, 1.0),
        (0, 1, 1) if aloft => (RelativeHumidity, 0.01),
        (0, 3, 5) if aloft => (Height, 1.0),
        (0, 3, 4) if aloft => (Height, 1.0 / GRAVITY),
        (0, 3, 5) if ground => (Terrain, 1.0),
        (0, 3, 4) if ground => (Terrain, 1.0 / GRAVITY),
        (0, 3, 0) if ground => (SurfacePressure, 1.0),
        (0, 0, 0) if above(2.0) => (Temperature2m, 1.0),
        (0, 2, 2) if above(10.0) => (U10m, 1.0),
        (0, 2, 3) if above(10.0) => (V10m, 1.0),
        (0, 0, 11) if ground => (HeatFlux, downward),
        (0, 3, 18) if ground => (MixingHeight, 1.0),
        (0, 3, 196) if ground && centre == NCEP => (MixingHeight, 1.0),
        (0, 2, 30) if ground => (FrictionVelocity, 1.0),
        (0, 2, 197) if ground && centre == NCEP => (FrictionVelocity, 1.0),
        (2, 0, 1) if ground => (Roughness, 1.0),
        (0, 2, 17 | 38) if ground => (StressX, 1.0),
        (0, 2, 18 | 37) if ground => (StressY, 1.0),
        (0, 1, 7 | 52) if ground => (Precipitation, 1.0),
        (0, 1, 8) if ground && sum => (Precipitation, 1.0),
        (0, 1, 193) if ground && ecmwf && sum => (Precipitation, 1000.0),
        _ => return None,
    };
    Some(Packing { quantity, factor, piled: sum })
}
