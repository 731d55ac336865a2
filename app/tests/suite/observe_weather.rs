//! `observe weather` from the outside.

use std::process::Command;

fn observe(arguments: &[&str]) -> (i32, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_liankong")).args(["observe", "weather"]).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn what_is_not_weather_is_said_in_a_sentence_with_a_remedy_and_every_file_is_named() {
    let place = tempfile::tempdir().unwrap();
    let files = ["a.txt", "b.nc"].map(|name| place.path().join(name).display().to_string());
    std::fs::write(&files[0], "station,time\n").unwrap();
    std::fs::write(&files[1], b"CDF\x02whatever").unwrap();
    let (code, out, err) = observe(&[&files[0], &files[1]]);
    assert_eq!(code, 2, "{err}");
    assert!(out.contains("a.txt") && out.contains("b.nc") && out.contains("ARL packed"), "{out}");
}

#[test]
fn the_sample_is_told_as_one_document() {
    let shared = std::env::var("LIANKONG_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").to_string());
    let file = format!("{shared}/data/met/oct1618.BIN");
    if !std::path::Path::new(&file).exists() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{file} is needed where CI=true");
        eprintln!("skipped: {file} is not there");
        return;
    }
    let (code, out, err) = observe(&[&file, "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["format"], "arl");
    assert_eq!(
        (document["nx"].as_u64(), document["ny"].as_u64(), document["levels"].as_u64()),
        (Some(33), Some(28), Some(10))
    );
    assert_eq!(document["times"].as_array().unwrap().len(), 36);
    assert!(document["variables"].as_array().unwrap().iter().any(|v| v == "WWND"));
    assert!(document["derived"].as_array().unwrap().iter().any(|d| d["quantity"] == "mixing_height"));
}
