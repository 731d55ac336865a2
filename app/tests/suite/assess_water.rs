//! `assess water` from the outside: one row out for each row in, whatever the table looks like.

// What the tests are built from may stop them, like the tests themselves.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

/// Exit code, rows of stdout as (section, time, class, worst items, grade, meets target), stdout, stderr.
fn water(files: &[(&str, &[u8])], arguments: &[&str]) -> (i32, Vec<Vec<String>>, String, String) {
    let place = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(Path::new(place.path()).join(name), bytes).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_liankong"));
    let output = command.current_dir(place.path()).args(["assess", "water"]).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let rows = reader.records().map(|r| r.unwrap().iter().take(6).map(str::to_string).collect()).collect();
    (output.status.code().unwrap(), rows, text, String::from_utf8(output.stderr).unwrap())
}

const NATIONAL: &str = "省份,流域,断面名称,监测时间,水质类别,水温(℃),pH(无量纲),溶解氧(mg/L),高锰酸盐指数(mg/L),氨氮(mg/L),\
    总磷(mg/L),叶绿素α(mg/L)\n\
    上海市,长江流域,临江,05-08 15:00,Ⅲ,22.5,7.57, 9.18 ,<span title='原始值：4.004'>4.00</span>,0.191,0.05,--\n\
    江苏省,太湖流域,湖心,05-08 15:00,Ⅲ,--,7.5,8.0,3,0.1,0.04,0.02\n\
    江苏省,太湖流域,停站,,,--,--,--,--,--,*,*\n";

#[test]
fn the_national_table_gives_one_row_for_each_row_in_the_same_order() {
    let (code, rows, _, err) = water(&[("in.csv", NATIONAL.as_bytes())], &["--in", "in.csv"]);
    assert_eq!(code, 0, "{err}");
    // The raw 4.004 mg/L of CODMn is Ⅲ where the printed 4.00 would be Ⅱ; the lake's TP of 0.04 is Ⅲ.
    let expected = [
        ["临江", "05-08 15:00", "Ⅲ", "CODMn", "良好", ""],
        ["湖心", "05-08 15:00", "Ⅲ", "TP", "良好", ""],
        ["停站", "", "", "", "", ""],
    ];
    assert_eq!(rows, expected);
    assert!(err.contains("fallback 3") && err.contains("a lake where the row reports chlorophyll-a"), "{err}");
}

#[test]
fn gb18030_and_the_wire_form_give_the_same_rows_as_utf_8() {
    let plain = water(&[("in.csv", NATIONAL.as_bytes())], &["--in", "in.csv"]).1;
    let (gb, _, broken) = encoding_rs::GB18030.encode(NATIONAL);
    assert!(!broken);
    let (code, rows, _, err) = water(&[("in.csv", &gb)], &["--in", "in.csv"]);
    assert!(code == 0 && rows == plain && err.contains("gb18030"), "{err}");
    let mut lines = NATIONAL.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let wire = serde_json::json!({ "thead": head, "tbody": lines.collect::<Vec<_>>() }).to_string();
    assert_eq!(water(&[("in.json", wire.as_bytes())], &["--in", "in.json"]).1, plain);
}

#[test]
fn the_register_is_joined_by_section_and_province_and_brings_kind_target_and_river_chief() {
    let register = "section,province,kind,target_class,river_chief\n临江,江西,river,Ⅴ,乙\n临江,上海,lake,Ⅱ,甲\n湖心,江苏省,river,Ⅱ,\n";
    let files = [("in.csv", NATIONAL.as_bytes()), ("register.csv", register.as_bytes())];
    let (code, rows, text, err) = water(&files, &["--in", "in.csv", "--register", "register.csv"]);
    assert_eq!(code, 0, "{err}");
    let judged: Vec<(&str, &str)> = rows.iter().map(|r| (r[2].as_str(), r[5].as_str())).collect();
    assert_eq!(judged, [("Ⅲ", "false"), ("Ⅱ", "true"), ("", "")]);
    assert!(text.lines().nth(1).unwrap().contains("lake,register,Ⅱ,甲"), "{text}");
}

#[test]
fn each_disagreement_with_a_published_class_has_its_reason() {
    let table = "section,time,published,DO,CODMn,NH3-N,TP,pH\na,2026-01-01,Ⅳ,8.0,3.0,0.1,0.200,7\nb,2026-01-01,Ⅲ,8.0,3.0,0.1,0.150,7\n";
    let (code, _, text, err) = water(&[("in.csv", table.as_bytes())], &["--in", "in.csv", "--against", "published"]);
    assert_eq!(code, 0);
    assert!(text.contains("2,a,2026-01-01,,Ⅲ,Ⅳ,TP,rounding,") && text.lines().count() == 2, "{text}");
    assert!(err.contains("1 of 2 published classes equal (50.00 %)"), "{err}");
}

#[test]
fn every_problem_is_told_at_once_and_nothing_is_judged() {
    let register = "section,province,kind,target_class\na,x,ocean,Ⅵ\nb,x,lake,Ⅲ\nb,y,river,Ⅲ\n";
    let table = "section,time,DO(℃),pH\na,2026-01-01,8,7\nb,2026-01-01,8,7\nc,2026,8,7,9\n";
    let files = [("in.csv", table.as_bytes()), ("register.csv", register.as_bytes())];
    let (code, _, text, _) = water(&files, &["--in", "in.csv", "--register", "register.csv"]);
    assert_eq!(code, 2);
    for told in ["DO(℃)", "in.csv:4", "kind = \"ocean\"", "target_class = \"Ⅵ\"", "in.csv:3: section = \"b\""] {
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn what_is_not_fit_for_use_is_flagged_and_the_class_comes_from_the_rest() {
    let table = "section,time,DO,CODMn,NH3-N\na,2026-01-01,unknown,300000,0.4\n";
    let (code, rows, text, _) = water(&[("in.csv", table.as_bytes())], &["--in", "in.csv"]);
    assert_eq!((code, rows[0][2].as_str()), (0, "Ⅱ"));
    assert!(text.contains("pH;DO;CODMn;TP") && text.contains("range CODMn 300000"), "{text}");
    // The items that must be there may be named.
    let (_, rows, ..) = water(&[("in.csv", table.as_bytes())], &["--in", "in.csv", "--need", "DO,NH3-N"]);
    assert_eq!(rows[0][2], "");
}

#[test]
fn relabelling_the_sections_and_turning_the_rows_changes_no_class() {
    let row = |name: &str, nh3n: f64| format!("{name},2026-01-01,8,3,{nh3n}\n");
    let values = [0.1, 0.4, 0.9, 1.4, 1.9, 2.5];
    let table = |names: [&str; 6], turn: usize| {
        let mut rows: Vec<String> = names.iter().zip(values).map(|(name, v)| row(name, v)).collect();
        rows.rotate_left(turn);
        format!("section,time,DO,CODMn,NH3-N\n{}", rows.concat())
    };
    let classes = |text: String, turn: usize| {
        let mut rows = water(&[("in.csv", text.as_bytes())], &["--in", "in.csv"]).1;
        rows.rotate_right(turn);
        rows.into_iter().map(|r| r[2].clone()).collect::<Vec<_>>()
    };
    let first = classes(table(["a", "b", "c", "d", "e", "f"], 0), 0);
    assert_eq!(first, ["Ⅱ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ"]);
    assert_eq!(classes(table(["湖", "库", "c", "a", "z", "y"], 4), 4), first);
}

#[test]
fn months_of_sections_are_graded_up_to_the_basin() {
    let rows: String = ["a", "b", "c", "d", "e"]
        .iter()
        .enumerate()
        .map(|(k, name)| format!("{name},B,2026-01-0{},{},甲\n", k + 1, if k == 0 { 3.0 } else { 0.2 }))
        .collect();
    let table = format!("section,basin,time,NH3-N,river_chief\n{rows}");
    let place = tempfile::tempdir().unwrap();
    let grades = place.path().join("grades.csv");
    let arguments = ["--in", "in.csv", "--grades", grades.to_str().unwrap()];
    assert_eq!(water(&[("in.csv", table.as_bytes())], &arguments).0, 0);
    let text = std::fs::read_to_string(grades).unwrap();
    // Four of five are Ⅱ (80 %, 良好 by shares); the fifth is worse than Ⅴ.
    assert!(text.contains("basin,B,2026-01,5,0,,良好,0.8,0.2,NH3-N(1),0,0,shares"), "{text}");
    assert!(text.contains("section,a,2026-01,1,0,劣Ⅴ,重度污染,0,1,NH3-N(1),0,0,mean,甲"), "{text}");
}

#[test]
fn the_rules_are_listed_with_their_days_and_standing() {
    let output = Command::new(env!("CARGO_BIN_EXE_liankong")).args(["assess", "rules"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("id,valid_from,valid_to,verified,name,source\n"), "{text}");
    assert!(text.contains("GB 3838-2002,2002-06-01,,verified,") && text.contains("unverified"), "{text}");
}

/// One month of three sections, as a table of cells under the national header.
const MONTH: &str = "省份,流域,断面名称,监测时间,水质类别,水温(℃),pH(无量纲),溶解氧(mg/L),高锰酸盐指数(mg/L),氨氮(mg/L),总磷(mg/L),总氮(mg/L),叶绿素α(mg/L),站点情况\n\
    甲省,某流域,一,05-10 08:00,Ⅳ,22.7,6.93,3.06,5.03,0.313,0.059,4.72,0.012,正常\n\
    甲省,某流域,二,05-10 08:00,Ⅱ,20.0,7.5,7.4,1.28,0.02,0.09,1.5,--,正常\n\
    乙省,某流域,三,05-10 08:00,--,*,--,*,--,--,--,--,--,维护\n";

#[test]
fn the_same_month_in_any_dress_has_the_same_classes() {
    let classes = |name: &str, bytes: &[u8]| -> Vec<Vec<String>> {
        let (code, rows, text, err) = water(&[(name, bytes)], &["--in", name]);
        assert_eq!(code, 0, "{text} {err}");
        rows.iter().map(|r| r[..6].to_vec()).collect()
    };
    let plain = classes("in.csv", MONTH.as_bytes());
    assert_eq!(plain.iter().map(|r| r[2].as_str()).collect::<Vec<_>>(), ["Ⅳ", "Ⅱ", ""]);
    let cells: Vec<Vec<&str>> = MONTH.lines().map(|l| l.trim().split(',').collect()).collect();
    let written = |columns: &[usize], separator: &str| -> String {
        let line = |row: &Vec<&str>| columns.iter().map(|k| row[*k]).collect::<Vec<_>>().join(separator) + "\n";
        cells.iter().map(line).collect()
    };
    let all: Vec<usize> = (0..14).collect();
    let turned: Vec<usize> = all.iter().rev().copied().collect();
    // Columns turned round; without province, basin, class, temperature, TN and status; tabs; semicolons.
    assert_eq!(classes("a.csv", written(&turned, ",").as_bytes()), plain);
    assert_eq!(classes("b.csv", written(&[2, 3, 6, 7, 8, 9, 10, 12], ",").as_bytes()), plain);
    assert_eq!(classes("c.csv", written(&all, "\t").as_bytes()), plain);
    assert_eq!(classes("d.csv", written(&all, ";").as_bytes()), plain);
    // Other spellings, line ends, a byte-order mark, GB18030, UTF-16.
    let spelt = MONTH
        .replace("断面名称", "监测断面")
        .replace("监测时间", "采样时间")
        .replace("pH(无量纲)", "pH值")
        .replace("溶解氧(mg/L)", "DO mg/L")
        .replace("高锰酸盐指数(mg/L)", "高锰酸盐指数（CODMn）（毫克/升）")
        .replace("氨氮(mg/L)", "NH3-N")
        .replace("总磷(mg/L)", "总磷（以P计）")
        .replace('\n', "\r\n");
    assert_eq!(classes("e.csv", format!("\u{feff}{spelt}").as_bytes()), plain);
    assert_eq!(classes("f.csv", &encoding_rs::GB18030.encode(MONTH).0), plain);
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(MONTH.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(classes("g.csv", &wide), plain);
    // Markup in header and cells, the raw value in the title; micrograms; a list of objects; last cells cut off.
    let marked = MONTH
        .replace("总磷(mg/L)", "总磷<br/><span class='unit'>(mg/L)</span>")
        .replace("0.059", "<span title='原始值：0.059'>0.06</span>");
    assert_eq!(classes("h.csv", marked.as_bytes()), plain);
    let micro = MONTH.replace("氨氮(mg/L)", "氨氮(μg/L)").replace(",0.313,", ",313,").replace(",0.02,", ",20,");
    assert_eq!(classes("i.csv", micro.as_bytes()), plain);
    let records: Vec<serde_json::Map<String, serde_json::Value>> = cells[1..]
        .iter()
        .map(|row| cells[0].iter().zip(row).map(|(k, v)| (k.to_string(), (*v).into())).collect())
        .collect();
    assert_eq!(classes("j.json", serde_json::to_string(&records).unwrap().as_bytes()), plain);
    assert_eq!(classes("k.csv", MONTH.replace(",--,--,维护", "").as_bytes()), plain);
}
