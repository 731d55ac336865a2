//! `transport river` from the outside: small networks with known answers, and broken ones.

use std::process::{Command, Output};

/// Two tributaries of 10 and 5 m³/s meet; 0.5 m/s everywhere.
const NETWORK: &str = "\
reach_id,to_id,kind,length_m,width_m,depth_m,flow_m3_s,velocity_m_s,member
a,c,reach,10000,20,1,10,0.5,A
b,c,reach,20000,10,1,5,0.5,B
c,,reach,30000,30,1,15,0.5,B
d,,reach,5000,10,1,5,0.5,B
";
const SOURCES: &str = "\
source_id,reach_id,distance_m,kind,member,species,start,end,load_kg_s,flow_m3_s
s1,a,0,outfall,A,tracer,,,0.01,
s2,b,5000,outfall,B,tracer,,,0.02,
";
const SECTIONS: &str = "\
section_id,reach_id,distance_m,role,member,start,end
mid,c,15000,intake,B,,
foot,c,30000,border,B,,
else,d,100,intake,B,,
";

struct Place(tempfile::TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        let usual = [("network.csv", NETWORK), ("sources.csv", SOURCES), ("sections.csv", SECTIONS)];
        usual.iter().chain(files).for_each(|(name, text)| std::fs::write(place.0.path().join(name), text).unwrap());
        place
    }

    fn run(&self, arguments: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_liankong"))
            .current_dir(self.0.path())
            .env("LC_ALL", "C.UTF-8")
            .args(["--format", "json"])
            .args(arguments.split_whitespace())
            .output()
            .unwrap()
    }

    fn json(&self, arguments: &str) -> serde_json::Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What a refused command says, with its exit code.
    fn refused(&self, arguments: &str) -> (i32, String) {
        let output = self.run(arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap(), text)
    }

    /// A table as maps from column to cell.
    fn table(&self, file: &str) -> Vec<std::collections::BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.0.path().join(file)).unwrap();
        let header = reader.headers().unwrap().clone();
        let row = |r: csv::StringRecord| header.iter().zip(r.iter()).map(|(k, v)| (k.into(), v.into())).collect();
        reader.records().map(|r| row(r.unwrap())).collect()
    }
}

const USUAL: &str = "transport river --network network.csv --sources sources.csv --sections sections.csv --out";

fn close(text: &str, expected: f64, tolerance: f64) {
    let found: f64 = text.parse().unwrap();
    assert!((found - expected).abs() <= tolerance * expected.abs(), "{found} {expected}");
}

#[test]
fn a_confluence_mixes_and_its_shares_are_those_of_the_loads() {
    let place = Place::new(&[]);
    let told = place.json(&format!("{USUAL} out"));
    assert!(told["mass_error"].as_f64().unwrap() < 1e-12 && told["forward_error"].as_f64().unwrap() < 1e-10, "{told}");
    let sections = place.table("out/sections.csv");
    assert_eq!(sections.len(), 3);
    // (0.01 + 0.02) kg/s in 15 m³/s; nothing on the other river.
    close(&sections[0]["value_kg_m3"], 0.002, 1e-9);
    assert_eq!(sections[2]["value_kg_m3"], "0");
    let shares = place.table("out/shares.csv");
    let of = |section: &str, source: &str| {
        shares.iter().find(|s| s["section_id"] == section && s["source_id"] == source).unwrap().clone()
    };
    close(&of("foot", "s1")["share"], 1.0 / 3.0, 1e-8);
    close(&of("foot", "s2")["share"], 2.0 / 3.0, 1e-8);
    close(&of("foot", "s2")["delivered_fraction"], 1.0, 1e-9);
    assert_eq!(of("mid", "s2")["member"], "B");
    // The same bytes at any number of threads.
    place.json(&format!("{USUAL} again --threads 1"));
    for file in ["sections.csv", "shares.csv", "footprint.parquet", "balance.json"] {
        let bytes = |folder: &str| std::fs::read(place.0.path().join(folder).join(file)).unwrap();
        assert!(!bytes("out").is_empty() && bytes("out") == bytes("again"), "{file}");
    }
}

#[test]
fn a_decaying_load_arrives_by_the_plug_flow_law() {
    let place = Place::new(&[]);
    place.json(&format!("{USUAL} out --decay tracer=0.5"));
    let k = 0.5 / 86_400.0;
    let arrives = |metres: f64| (-k * metres / 0.5).exp();
    let shares = place.table("out/shares.csv");
    let of = |source: &str| shares.iter().find(|s| s["section_id"] == "foot" && s["source_id"] == source).unwrap();
    // A place on a border counts as in the cell above: one cell more, kτ = 5.8e-4.
    // Cells of 50 m: each keeps 1/(1 + kτ) for exp(−kτ), kτ = 5.8e-4; 45 km are 900 of them, so ½ · 900 · (kτ)² = 1.5e-4.
    close(&of("s1")["delivered_fraction"], arrives(40_000.0), 6e-4);
    close(&of("s2")["delivered_fraction"], arrives(45_000.0), 6e-4);
}

#[test]
fn a_flow_that_varies_is_run_in_time_and_forward_agrees_with_backward() {
    let mut flow = String::from("time,reach_id,flow_m3_s\n");
    for hour in 0..72 {
        let factor = 1.0 + 0.5 * f64::from(hour % 24) / 24.0;
        for (reach, mean) in [("a", 10.0), ("b", 5.0), ("c", 15.0)] {
            flow += &format!("2024-06-{:02}T{:02}:00Z,{reach},{}\n", 1 + hour / 24, hour % 24, mean * factor);
        }
    }
    let sections = "section_id,reach_id,distance_m,role,member,start,end\n\
                    foot,c,30000,border,B,2024-06-03T00:00Z,2024-06-04T00:00Z\n";
    let sources = "source_id,reach_id,distance_m,kind,member,species,start,end,load_kg_s,flow_m3_s\n\
                   s1,a,0,outfall,A,NH3-N,,,0.01,\ns2,b,5000,outfall,B,NH3-N,2024-06-01T06:00Z,2024-06-02T03:30Z,0.02,\n";
    let place = Place::new(&[("flow.csv", &flow), ("sections.csv", sections), ("sources.csv", sources)]);
    let told = place.json(&format!("{USUAL} out --flow flow.csv --decay NH3-N=0.2"));
    assert_eq!(told["steady"], false);
    assert!(told["mass_error"].as_f64().unwrap() < 1e-9 && told["forward_error"].as_f64().unwrap() < 1e-10, "{told}");
    assert!(told["notes"].as_array().unwrap().iter().any(|n| n.as_str().unwrap().contains("not in the flow file")));
    let series = place.table("out/sections.csv");
    assert_eq!(series.len(), 72);
    let mean = &place.table("out/means.csv")[0];
    let hours: Vec<f64> = series[48..].iter().map(|r| r["value_kg_m3"].parse().unwrap()).collect();
    close(&mean["value_kg_m3"], hours.iter().sum::<f64>() / 24.0, 1e-6);
    let parts: f64 = place.table("out/shares.csv").iter().map(|s| s["value_kg_m3"].parse::<f64>().unwrap()).sum();
    close(&mean["value_kg_m3"], parts, 1e-8);
}

#[test]
fn a_spill_arrives_with_the_water_and_says_where_it_does_not_come_by() {
    let spill = "source_id,reach_id,distance_m,kind,member,species,start,end,load_kg_s\n\
                 tank,a,0,spill,A,phenol,2024-06-01T00:00Z,2024-06-01T01:00Z,0.5\n";
    let place = Place::new(&[("sources.csv", spill)]);
    let told = place
        .json("transport river spill --network network.csv --sources sources.csv --sections sections.csv --out out");
    let rows = place.table("out/spill.csv");
    assert_eq!(rows.len(), 2, "only intakes are answered for");
    let (mid, other) = (&rows[0], &rows[1]);
    assert_eq!((mid["reached"].as_str(), other["reached"].as_str()), ("true", "false"));
    let passage = &told["passages"][0];
    // 25 km at 0.5 m/s: 50,000 s after the middle of the release; dispersion brings the front forward.
    let peak = passage["peak_s"]["value"].as_f64().unwrap();
    assert!((peak - 51_800.0).abs() < 3_000.0, "{peak}");
    let ordered = |name: &str| {
        let r = &passage[name];
        let [low, value, high] = ["low", "value", "high"].map(|k| r[k].as_f64().unwrap());
        assert!(low < value && value < high, "{name}: {r}");
    };
    ["arrival_s", "peak_s", "peak_kg_m3"].into_iter().for_each(ordered);
    assert!(passage["arrival_s"]["value"].as_f64().unwrap() < peak);
    assert!(told["mass_error"].as_f64().unwrap() < 1e-9, "{told}");
    // A release without an end is no spill.
    let endless = Place::new(&[]);
    let (code, text) = endless
        .refused("transport river spill --network network.csv --sources sources.csv --sections sections.csv --out out");
    assert!(code == 2 && text.contains("s1 is a spill") && text.contains("s2 is a spill"), "{text}");
}

#[test]
fn capacity_is_what_the_section_bears_and_equal_shares_cut_alike() {
    let sections = "section_id,reach_id,distance_m,role,member,species,limit_mg_l\nfoot,c,30000,border,B,tracer,1\n";
    let place = Place::new(&[("sections.csv", sections)]);
    let told = place
        .json("transport river capacity --network network.csv --sources sources.csv --sections sections.csv --out out");
    // 1 mg/L × 15 m³/s = 0.015 kg/s for a tracer, half of today's 0.03.
    assert!((told["totals"][0]["greatest_total_kg_s"].as_f64().unwrap() - 0.015).abs() < 1e-9, "{told}");
    assert!(told["greatest_breach"].as_f64().unwrap() < 1e-9);
    for (row, today) in place.table("out/allocation.csv").iter().zip([0.01, 0.02]) {
        close(&row["equal_shares_kg_s"], today / 2.0, 1e-8);
        close(&row["cut_kg_s"], today / 2.0, 1e-8);
    }
    let segment = place.table("out/capacity.csv").into_iter().find(|r| r["reach_id"] == "a").unwrap();
    assert_eq!(segment["method"], "one_segment");
    // Spring reach: nothing from above, so M = Cs Q.
    close(&segment["load_kg_s"], 1e-3 * 10.0, 1e-9);
    let classes = "section_id,reach_id,role,member,target_class\nfoot,c,border,B,Ⅲ\n";
    let sources = SOURCES.replace("tracer", "COD");
    let place = Place::new(&[("sections.csv", classes), ("sources.csv", &sources)]);
    place
        .json("transport river capacity --network network.csv --sources sources.csv --sections sections.csv --out out");
    close(&place.table("out/capacity_sections.csv")[0]["limit_kg_m3"], 0.020, 1e-9);
}

#[test]
fn the_risk_map_tells_hours_upstream() {
    let place = Place::new(&[]);
    place.json("transport river risk --network network.csv --sources sources.csv --sections sections.csv --out out");
    let rows = place.table("out/risk.csv");
    let of = |reach: &str| rows.iter().find(|r| r["section_id"] == "mid" && r["reach_id"] == reach).unwrap();
    close(&of("a")["from_head_h"], 25_000.0 / 0.5 / 3600.0, 1e-6);
    close(&of("a")["from_foot_h"], 15_000.0 / 0.5 / 3600.0, 1e-6);
    assert_eq!(of("a")["band_h"], "6-12");
    assert!(!rows.iter().any(|r| r["section_id"] == "mid" && r["reach_id"] == "d"));
    let sources = place.table("out/risk_sources.csv");
    assert_eq!((sources[0]["source_id"].as_str(), sources[1]["source_id"].as_str()), ("s1", "s2"));
    close(&sources[1]["travel_h"], 30_000.0 / 0.5 / 3600.0, 1e-6);
}

#[test]
fn broken_tables_are_told_with_every_line_and_exit_2() {
    let place = Place::new(&[
        ("network.csv", "reach_id,to_id,length_m,flow_m3_s\na,x,100,1\nb,c,,2\nc,c,5,1\n"),
        ("circle.csv", "reach_id,to_id,length_m,flow_m3_s,velocity_m_s\na,b,100,1,1\nb,a,100,1,1\n"),
        ("odd.csv", &NETWORK.replace("20,1,10,0.5", "20,1,10000,0.5")),
    ]);
    for command in ["check network.csv", &format!("{USUAL} out")] {
        let (code, text) = place.refused(command);
        assert_eq!(code, 2, "{command}");
        for expected in ["no element of this table", "needs a length above 0 m", "leads into itself"] {
            assert!(text.contains(expected), "{command}: {expected}: {text}");
        }
    }
    let (code, text) = place.refused("check circle.csv");
    assert!(code == 2 && text.contains("circle that nothing leaves"), "{text}");
    let (code, text) = place.refused("check odd.csv");
    assert!(code == 2 && text.contains("check the units of flow"), "{text}");
    // A doubt is told and does not stop a run.
    let told = place.json("transport river --network odd.csv --sources sources.csv --sections sections.csv --out out");
    assert!(!told["doubts"].as_array().unwrap().is_empty());
    let place = Place::new(&[(
        "sources.csv",
        "source_id,reach_id,distance_m,species,load_kg_s\ns,z,0,COD,1\nt,a,99999,COD,-1\n",
    )]);
    let (code, text) = place.refused(&format!("{USUAL} out"));
    assert!(code == 2 && text.contains("no element of the network") && text.contains("10000 m long"), "{text}");
    assert!(text.contains("at least 0 kg/s") || text.contains("from 0 to"), "{text}");
}

#[test]
fn lines_of_a_geopackage_are_a_network() {
    let place = Place::new(&[]);
    let path = place.0.path().join("rivers.gpkg");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "CREATE TABLE gpkg_geometry_columns(table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z INTEGER, m INTEGER);
         INSERT INTO gpkg_geometry_columns VALUES('rivers','geom','LINESTRING',4326,0,0);
         CREATE TABLE rivers(fid INTEGER PRIMARY KEY, geom BLOB, HYRIV_ID INTEGER, NEXT_DOWN INTEGER, LENGTH_KM REAL, DIS_AV_CMS REAL);",
    )
    .unwrap();
    let blob = |points: &[(f64, f64)]| {
        let mut bytes = b"GP\0\x01\xe6\x10\0\0\x01".to_vec();
        bytes.extend(2_u32.to_le_bytes());
        bytes.extend((points.len() as u32).to_le_bytes());
        points.iter().for_each(|(x, y)| [*x, *y].iter().for_each(|v| bytes.extend(v.to_le_bytes())));
        bytes
    };
    for (id, next, km, flow, line) in [
        (41, 43, 10.0, 4.0, blob(&[(120.0, 31.0), (120.1, 31.0)])),
        (42, 43, 12.0, 6.0, blob(&[(120.1, 31.1), (120.1, 31.0)])),
        (43, 0, 9.0, 10.0, blob(&[(120.1, 31.0), (120.2, 31.0)])),
    ] {
        db.execute(
            "INSERT INTO rivers(geom,HYRIV_ID,NEXT_DOWN,LENGTH_KM,DIS_AV_CMS) VALUES(?,?,?,?,?)",
            (line, id, next, km, flow),
        )
        .unwrap();
    }
    drop(db);
    let told = place.json("check rivers.gpkg");
    assert_eq!((told["elements"].as_u64(), told["links"].as_u64()), (Some(3), Some(3)));
    let (code, text) = place.refused("check rivers.gpkg --layer lakes");
    assert!(code == 2 && text.contains("rivers"), "{text}");
}
