//! River networks from files: every form, what is refused, what is doubted, and mangled ones.

use liankong_engine::problem::Error;
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::{Given, RiverNetwork, check, order, read};
use proptest::prelude::*;

const COLUMNS: &str = "\
reach_id,to_id,kind,length_m,width_m,depth_m,slope,manning_n,flow_m3_s,velocity_m_s,volume_m3,share,member
a,c,reach,5000,40,2,0.0002,0.03,20,,,,A
b,c,,4000,20,1.5,0.0003,0.03,10,,,,A
c,d,reach,8000,60,2,0.0002,0.03,30,,,0.75,A
c,e,,,,,,,,,,0.25,
d,,reach,6000,60,2,0.0002,0.03,22.5,,,,B
e,l,diversion,3000,15,1.5,,,7.5,,,,B
l,,lake,,,,,,7.5,,3e7,,B
";

fn read_text(file: &str, text: &str) -> Result<Given, Vec<String>> {
    read::from_bytes(file, text.as_bytes().to_vec()).map_err(|error| match error {
        Error::Input(problems) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("{other}"),
    })
}

/// Who leads to whom with what share, by name.
fn names(network: &RiverNetwork) -> Vec<(String, String, f64)> {
    let name = |e: usize| network.elements[e].id.clone();
    let mut links: Vec<_> = network
        .links
        .iter()
        .map(|l| (name(l.from), l.to.map(name).unwrap_or_default(), (l.share * 1e9).round() / 1e9))
        .collect();
    links.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    links
}

#[test]
fn our_columns_give_divisions_lakes_and_what_leaves() {
    let given = read_text("n.csv", COLUMNS).unwrap();
    let n = &given.network;
    assert_eq!(n.elements.len(), 6);
    assert_eq!(n.elements[2].width_m, Some(60.0));
    assert_eq!((n.elements[5].kind, n.elements[5].volume_m3), (ReachKind::Lake, Some(3e7)));
    let links = names(n);
    assert!(links.contains(&("c".into(), "e".into(), 0.25)) && links.contains(&("d".into(), String::new(), 1.0)));
    assert_eq!(check::check(&given), check::Findings::default());
    let (order, circles) = order::upstream_first(n);
    let place = |id: &str| order.iter().position(|e| n.elements[*e].id == id).unwrap();
    assert!(circles.is_empty() && place("a") < place("c") && place("c") < place("e") && place("e") < place("l"));
}

#[test]
fn one_river_told_in_four_forms_is_one_network() {
    let ours = "reach_id,to_id,length_m,flow_m3_s,share\n1,3,1000,2,\n2,3,2000,1,\n3,4,1500,3,0.6\n3,5,,,0.4\n4,,500,1.8,\n5,,700,1.2,\n";
    let nodes = "waterid,fnode,tnode,length,frac,iftran\n1,10,12,1000,1,1\n2,11,12,2000,1,1\n3,12,13,1500,1,1\n4,13,14,500,0.6,1\n5,13,15,700,0.4,0\n";
    let lines = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"reach_id":1,"length_m":1000},"geometry":{"type":"LineString","coordinates":[[120,31],[120.01,31]]}},
        {"type":"Feature","properties":{"reach_id":2,"LENGTH_KM":2.0},"geometry":{"type":"LineString","coordinates":[[120,31.02],[120.01,31]]}},
        {"type":"Feature","properties":{"reach_id":3,"length_m":1500},"geometry":{"type":"MultiLineString","coordinates":[[[120.01,31],[120.02,31]],[[120.02,31],[120.03,31]]]}},
        {"type":"Feature","properties":{"reach_id":4,"length_m":500,"share":0.6},"geometry":{"type":"LineString","coordinates":[[120.03,31],[120.035,31]]}},
        {"type":"Feature","properties":{"reach_id":5,"length_m":700,"share":0.4},"geometry":{"type":"LineString","coordinates":[[120.03,31],[120.03,31.006]]}}]}"#;
    let rivers = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"HYRIV_ID":1,"NEXT_DOWN":3,"LENGTH_KM":1.0,"DIS_AV_CMS":2.0},"geometry":null},
        {"type":"Feature","properties":{"HYRIV_ID":2.0,"NEXT_DOWN":3,"LENGTH_KM":2.0,"DIS_AV_CMS":1.0},"geometry":null},
        {"type":"Feature","properties":{"HYRIV_ID":3,"NEXT_DOWN":0,"LENGTH_KM":1.5,"DIS_AV_CMS":3.0},"geometry":null}]}"#;
    let first = read_text("n.csv", ours).unwrap().network;
    for (file, text) in [("nodes.csv", nodes), ("lines.geojson", lines)] {
        let same = read_text(file, text).unwrap().network;
        assert_eq!(names(&first), names(&same), "{file}");
        let lengths = |n: &RiverNetwork| n.elements.iter().map(|e| e.length_m).collect::<Vec<f64>>();
        assert_eq!(lengths(&first), lengths(&same), "{file}");
    }
    let rivers = read_text("rivers.geojson", rivers).unwrap().network;
    assert_eq!(names(&rivers), [("1", "3"), ("2", "3"), ("3", "")].map(|(a, b)| (a.to_string(), b.to_string(), 1.0)));
    assert_eq!(rivers.elements[2].flow_m3_s, Some(3.0));
}

#[test]
fn sparrow_tables_keep_what_their_shares_leave_over() {
    let text = "mrb_id,fnode,tnode,length,frac,iftran,meanq,rchtot\n\
                1,10,11,1000,1,1,35.3146667,0.5\n2,11,12,2000,0.7,1,NA,NA\n3,12,13,500,1,0,10,0\n";
    let given = read_text("s.csv", text).unwrap();
    let links = names(&given.network);
    assert!(links.contains(&("1".into(), "2".into(), 0.7)) && links.contains(&("1".into(), String::new(), 0.3)));
    assert!(links.contains(&("3".into(), String::new(), 1.0)));
    let first = &given.network.elements[0];
    assert!((first.flow_m3_s.unwrap() - 1.0).abs() < 1e-8);
    assert!((first.velocity_m_s.unwrap() - 1000.0 / 43_200.0).abs() < 1e-12);
    assert!(given.notes.iter().any(|n| n.contains("ft3/s")), "{:?}", given.notes);
}

#[test]
fn the_lower_colorado_is_the_same_from_csv_and_netcdf() {
    let folder = "data/river/troute_lowercolorado";
    let (Some(csv), Some(nc)) = (
        crate::shared_data::path(&format!("{folder}/RouteLink.csv")),
        crate::shared_data::path(&format!("{folder}/RouteLink.nc")),
    ) else {
        return;
    };
    let (csv, nc) = (read::network(&csv).unwrap(), read::network(&nc).unwrap());
    assert_eq!((csv.network.elements.len(), nc.network.elements.len()), (11_248, 11_248));
    assert_eq!(names(&csv.network), names(&nc.network));
    // The NetCDF holds single precision.
    let same = |a: Option<f64>, b: Option<f64>| (a.unwrap() / b.unwrap() - 1.0).abs() < 1e-6;
    let positions = nc.network.positions();
    assert!(csv.network.elements.iter().all(|a| {
        let b = &nc.network.elements[positions[a.id.as_str()]];
        same(a.slope, b.slope) && same(a.width_m, b.width_m) && same(Some(a.length_m), Some(b.length_m))
    }));
    assert!(csv.notes.iter().any(|n| n.contains("371")), "{:?}", csv.notes);
    // Three links fall more than 1 m per m; that is told, and nothing is refused.
    let found = check::check(&csv);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    let steep = found.doubts.iter().filter(|d| d.field == "slope").count();
    assert_eq!(steep, 3);
}

#[test]
fn every_break_of_a_network_is_told_at_once_with_its_line() {
    let text = "reach_id,to_id,kind,length_m,share\n\
                a,x,reach,100,\nb,b,reach,100,\nc,d,reach,,\nd,a,brook,100,\na,b,reach,100,\ne,a,lake,,\nf,a,reach,1,0.5\nf,b,,,0.4\n,a,reach,5,\n";
    let told = read_text("n.csv", text).unwrap_err();
    for expected in [
        "n.csv:2: to_id = \"x\"",
        "n.csv:3: to_id = \"b\": leads into itself",
        "n.csv:4: length_m",
        "n.csv:5: kind = \"brook\"",
        "n.csv:7: volume_m3",
        "n.csv:8: share = \"0.900000\"",
        "n.csv:10: reach_id",
    ] {
        assert!(told.iter().any(|t| t.starts_with(expected)), "{expected}: {told:#?}");
    }
}

#[test]
fn a_figure_in_the_wrong_unit_a_dry_reach_and_an_impossible_slope_are_doubted() {
    let lines: Vec<&str> = COLUMNS.lines().collect();
    let with = |line: usize, from: &str, to: &str| {
        let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert!(lines[line].contains(from));
        lines[line] = lines[line].replacen(from, to, 1);
        let given = read_text("n.csv", &lines.join("\n")).unwrap();
        let found = check::check(&given);
        assert!(found.problems.is_empty());
        found.doubts.iter().map(ToString::to_string).collect::<Vec<String>>()
    };
    // Line numbers from 0 here, from 1 in the sentences.
    for (line, from, to, expected) in [
        (1, ",20,", ",20000,", "n.csv:2: flow_m3_s"),     // L/s
        (3, ",30,", ",0,", "n.csv:4: flow_m3_s"),         // dry
        (3, "8000", "5", "n.csv:4: length_m"),            // km
        (2, ",1.5,", ",150,", "n.csv:3: depth_m"),        // cm
        (1, "0.0002", "2", "n.csv:2: slope"),             // per mille
        (1, "0.0002", "-0.01", "n.csv:2: slope"),         // uphill
        (1, "0.03", "33", "n.csv:2: manning_n"),          // Strickler
        (1, ",20,,", ",20,90,", "n.csv:2: velocity_m_s"), // cm/s
    ] {
        let told = with(line, from, to);
        assert!(told.iter().any(|t| t.starts_with(expected)), "{expected}: {told:?}");
    }
    let short: String = "reach_id,to_id,length_m\n1,2,5\n2,3,6\n3,4,7\n4,5,5\n5,,4\n".into();
    let told = check::check(&read_text("n.csv", &short).unwrap()).doubts;
    assert!(told.iter().any(|d| d.field == "length_m" && d.line.is_none()), "{told:?}");
}

#[test]
fn a_circle_without_a_way_out_is_refused_one_of_plain_reaches_doubted_and_one_with_a_gate_taken_as_meant() {
    let found = |text: &str| check::check(&read_text("n.csv", text).unwrap());
    let trapped = found("reach_id,to_id,length_m,flow_m3_s\na,b,100,1\nb,c,100,1\nc,b,100,1\n");
    assert!(trapped.problems.len() == 1 && trapped.problems[0].limit.contains("circle"), "{trapped:?}");
    let plain = "reach_id,to_id,kind,length_m,flow_m3_s,share\na,b,,100,1,\nb,c,,100,2,\nc,b,,100,2,0.5\nc,,,,,0.5\n";
    let doubted = found(plain);
    assert!(doubted.problems.is_empty() && doubted.doubts.iter().any(|d| d.limit.contains("circle")), "{doubted:?}");
    let meant = found(&plain.replace("c,b,,100", "c,b,diversion,100"));
    assert_eq!(meant, check::Findings::default());
}

#[test]
fn figures_that_no_water_on_earth_has_are_refused() {
    let text = "reach_id,to_id,length_m,width_m,depth_m,flow_m3_s,velocity_m_s,volume_m3\n\
                a,b,1e308,10,1,1,,\nb,,100,1e300,1e200,1,,1e250\n";
    let found = check::check(&read_text("n.csv", text).unwrap());
    let fields: Vec<&str> = found.problems.iter().map(|p| p.field.as_str()).collect();
    assert_eq!(fields, ["length_m", "depth_m", "volume_m3", "width_m"]);
    assert!(found.problems.iter().all(|p| p.line.is_some() && p.to_string().contains("no water on Earth")));
}

/// What the mangling may do to a text: a cell replaced, a line dropped, doubled or cut, bytes changed.
fn mangled(text: &str, seed: &[u32]) -> String {
    const CELLS: [&str; 14] = [
        "",
        "-1",
        "0",
        "1e308",
        "-1e308",
        "NaN",
        "inf",
        "a",
        "b",
        "湖",
        "\"",
        "1e-320",
        "3.85",
        "99999999999999999999",
    ];
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    for step in seed.chunks_exact(3) {
        if lines.is_empty() {
            break;
        }
        let at = step[1] as usize % lines.len();
        match step[0] % 5 {
            0 => {
                let mut cells: Vec<String> = lines[at].split(',').map(str::to_string).collect();
                let cell = step[2] as usize % cells.len();
                cells[cell] = CELLS[step[2] as usize / 7 % CELLS.len()].to_string();
                lines[at] = cells.join(",");
            }
            1 => drop(lines.remove(at)),
            2 => lines.insert(at, lines[at].clone()),
            3 => {
                let keep = step[2] as usize % (lines[at].chars().count() + 1);
                lines[at] = lines[at].chars().take(keep).collect();
            }
            _ => lines[at] = lines[at].replace(['1', '2'], CELLS[step[2] as usize % CELLS.len()]),
        }
    }
    lines.join("\n")
}

/// Every name of the first column that is not empty, each once.
fn identifiers(text: &str) -> std::collections::BTreeSet<String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    reader
        .records()
        .filter_map(Result::ok)
        .filter_map(|r| r.get(0).map(str::to_string))
        .filter(|id| !id.is_empty())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mangled_network_is_told_of_or_kept_whole_and_never_panics(
        form in 0_usize..3,
        seed in prop::collection::vec(any::<u32>(), 3..24),
    ) {
        let forms = [
            ("n.csv", COLUMNS),
            ("r.csv", "link,to,Length,n,So,ChSlp,BtmWdth,lon,lat\n1,3,2288,0.06,0.001,0.7,1.5,-96,29\n2,3,500,0.06,0.002,0.6,2,-96,29\n3,0,700,0.05,0.001,0.5,3,-96,29\n"),
            ("s.csv", "waterid,fnode,tnode,length,frac,iftran,meanq,rchtot\n1,10,12,1000,1,1,5,0.1\n2,11,12,2000,1,1,6,0.2\n3,12,13,1500,0.5,1,9,NA\n"),
        ];
        let (file, text) = forms[form];
        let text = mangled(text, &seed);
        match read::from_bytes(file, text.as_bytes().to_vec()) {
            Ok(given) => {
                // Nothing is lost: each name of the table is an element, each element leads somewhere, shares sum to 1.
                let n = &given.network;
                let header_first = identifiers(&text);
                let found: std::collections::BTreeSet<String> = n.elements.iter().map(|e| e.id.clone()).collect();
                prop_assert_eq!(&found, &header_first);
                let mut shares = vec![0.0; n.elements.len()];
                n.links.iter().for_each(|l| shares[l.from] += l.share);
                prop_assert!(shares.iter().all(|s: &f64| (s - 1.0).abs() < 1e-9), "{:?}", shares);
                prop_assert!(n.elements.iter().all(|e| e.length_m.is_finite() && e.length_m >= 0.0));
                let (order, _) = order::upstream_first(n);
                prop_assert_eq!(order.len(), n.elements.len());
                check::check(&given);
            }
            Err(Error::Input(problems)) => {
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|p| p.file == file && !p.limit.is_empty()), "{:?}", problems);
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
