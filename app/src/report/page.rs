//! `report.html`: one page that carries everything with it, in both languages, for the screen and for A4.
//!
//! The language switch is two radio buttons and a style rule, so it works without script; the script only picks the
//! reader's own language at first. Nothing is fetched.

use super::html::{both, escape};
use super::map::{self, Projection};
use super::{View, cover, executive, method, models, orders, origins, plan, proof, situation, words};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = "(function(){var h=location.hash,l=navigator.language||'';\
var en=h==='#en'||(h!=='#zh'&&l.slice(0,2)!=='zh');\
document.getElementById(en?'lang-en':'lang-zh').checked=true;\
function t(){document.documentElement.lang=document.getElementById('lang-en').checked?'en':'zh'}\
document.getElementById('lang-en').onchange=t;document.getElementById('lang-zh').onchange=t;t()})();";

/// The page of a turn.
pub fn page(view: &View<'_>) -> String {
    let settings = &view.case.settings;
    let title = escape(&format!("{} / {} · 联控 Liankong", settings.name_zh, settings.name_en));
    let plane = Projection::of(view);
    let plane = plane.as_ref();
    let chapters: Vec<_> = [
        (words::SITUATION, situation::situation(view, plane)),
        (words::ORIGINS, origins::origins(view, plane)),
        (words::SKILL, models::skill(view)),
        (words::PLAN, plan::plan(view)),
        (words::ORDERS, orders::orders(view)),
        (words::VERIFY, proof::verify(view)),
        (words::BOOKS, proof::books(view)),
        (words::METHOD_NOTES, method::method(view)),
    ]
    .into_iter()
    .filter(|(_, content)| !content.is_empty())
    .collect();
    let running = cover::running(view);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"zh\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}{running}</style>\n</head>\n<body>\n\
         <input type=\"radio\" name=\"lang\" id=\"lang-zh\" checked><label for=\"lang-zh\" lang=\"zh\">中文</label>\
         <input type=\"radio\" name=\"lang\" id=\"lang-en\"><label for=\"lang-en\" lang=\"en\">English</label>\n<main>\n"
    );
    out.push_str(&cover::cover(view));
    if let Some(plane) = plane {
        out.push_str(&map::shapes(view, plane));
    }
    let brief = executive::executive(view);
    let headings: Vec<words::Words> = chapters.iter().map(|(heading, _)| *heading).collect();
    let contents = cover::contents(!brief.is_empty(), &headings);
    out.push_str(&format!("<section class=\"front\">{contents}{}</section>\n", cover::data_notes(view)));
    out.push_str(&brief);
    for (number, (heading, content)) in (1..).zip(&chapters) {
        out.push_str(&format!(
            "<section id=\"c{number}\"><h2><span class=\"number\">{}</span>{}</h2>{content}</section>\n",
            cover::numbered(number),
            both(*heading)
        ));
    }
    out.push_str(&format!("</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::super::example::example;
    use super::*;
    use crate::output;

    #[test]
    fn the_page_carries_everything_with_it_and_its_pictures_the_watermark() {
        let example = example();
        let html = page(&example.view());
        // For a look at the page: LIANKONG_PAGE=/tmp/page.html cargo test -p liankong the_page
        if let Ok(path) = std::env::var("LIANKONG_PAGE") {
            std::fs::write(path, &html).unwrap();
        }
        let outward = ["http://", "https://", "src=", "@import", "url(http", "<link"];
        assert!(outward.iter().all(|word| !html.contains(word)));
        let pictures = html.matches("role=\"img\"").count();
        assert!(pictures >= 10, "{pictures}");
        assert_eq!(html.matches("SCREENING 筛查级").count(), pictures);
        assert_eq!(html.matches("<span class=\"zh\"").count(), html.matches("<span class=\"en\"").count());
        assert!(!html.contains("NaN") && !html.contains("inf\""));
    }

    #[test]
    fn a_name_that_is_markup_is_shown_and_not_obeyed() {
        let mut example = example();
        let hostile = "\"><script>alert(1)</script>";
        example.case.settings.name_en = hostile.into();
        example.case.settings.id = hostile.into();
        example.case.members.iter_mut().for_each(|m| m.name_en = hostile.into());
        example.case.stations.iter_mut().for_each(|s| s.name_zh = hostile.into());
        example.case.sections.iter_mut().for_each(|s| s.name_zh = hostile.into());
        example.case.reaches.iter_mut().for_each(|r| r.name_zh = hostile.into());
        example.turn.attribution.skill.iter_mut().for_each(|s| s.basis = hostile.into());
        example.turn.attribution.bands.iter_mut().for_each(|b| b.band.source = hostile.into());
        for order in &mut example.turn.orders.orders {
            order.action.0 = hostile.into();
            order.source_name.1 = hostile.into();
        }
        let html = page(&example.view());
        assert_eq!(html.matches("<script>").count(), 1);
        assert!(html.contains("&lt;script&gt;alert(1)"));
    }

    #[test]
    fn every_table_has_one_cell_a_column_a_quality_and_a_place_in_the_reference() {
        let example = example();
        let reference = include_str!("../../../docs/reference/turn.md");
        for table in output::tables::of_turn(&example.view()) {
            assert!(!table.rows.is_empty(), "{}", table.file);
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.file);
            assert!(output::folder::NAMES.contains(&table.file), "{}", table.file);
            assert!(table.file == "flags.csv" || table.columns.contains(&"quality".to_string()), "{}", table.file);
            assert!(reference.contains(&format!("`{}`", table.file)), "{}", table.file);
            let models = ["persistence", "footprint", "advected"];
            for column in table.columns.iter().filter(|c| !models.contains(&c.as_str())) {
                assert!(reference.contains(&format!("`{column}`")), "{} {column}", table.file);
            }
        }
    }

    #[test]
    fn the_document_names_every_field_of_the_reference_and_ties_the_tables_by_their_hashes() {
        let example = example();
        let files = output::files(&example.view(), &[], 1).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&files.last().unwrap().bytes).unwrap();
        let reference = include_str!("../../../docs/reference/turn.md");
        for field in value.as_object().unwrap().keys() {
            assert!(reference.contains(&format!("`{field}`")), "{field}");
        }
        assert_eq!(value["tables"]["ledger.csv"]["rows"], 4);
        assert_eq!(files.last().map(|f| f.name), Some(output::DOCUMENT));
        assert_eq!(files.len(), output::folder::NAMES.len());
    }

    #[test]
    fn a_turn_that_found_nothing_still_makes_a_page() {
        let mut example = example();
        example.turn = liankong_engine::cycle::Turn::default();
        example.case.members.iter_mut().for_each(|m| m.area = None);
        let html = page(&example.view());
        assert!(html.contains("</html>") && !html.contains("NaN"));
    }
}
